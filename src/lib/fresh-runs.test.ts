import assert from "node:assert/strict";
import { test } from "node:test";
import { FreshRuns } from "./fresh-runs.ts";

/** Work that ends when it is told to, and counts. */
function startCounting() {
  const runs = new FreshRuns<number>();
  const ends: PromiseWithResolvers<void>[] = [];
  const ask = (key: string) =>
    runs.run(key, async () => {
      const end = Promise.withResolvers<void>();
      const run = ends.push(end);
      await end.promise;
      return run;
    });
  return { ask, ends };
}

test("whoever asks while a run is under way gets the one that begins after it, with all others who do", async () => {
  const { ask, ends } = startCounting();
  const asked = [ask("a"), ask("a"), ask("a")];
  assert.equal(ends.length, 1);
  ends[0]?.resolve();
  assert.equal(await asked[0], 1);
  assert.equal(ends.length, 2);
  asked.push(ask("a"));
  ends[1]?.resolve();
  assert.deepEqual(await Promise.all(asked.slice(0, 3)), [1, 2, 2]);
  ends[2]?.resolve();
  assert.equal(await asked[3], 3);
  const later = ask("a");
  assert.equal(ends.length, 4);
  ends[3]?.resolve();
  assert.equal(await later, 4);
});

test("another key waits for nobody", async () => {
  const { ask, ends } = startCounting();
  const asked = [ask("a"), ask("b")];
  assert.equal(ends.length, 2);
  for (const end of ends) end.resolve();
  assert.deepEqual(await Promise.all(asked), [1, 2]);
});

test("a run that fails fails those who waited for it, and not the next", async () => {
  const { ask, ends } = startCounting();
  const first = ask("a");
  const second = ask("a");
  ends[0]?.reject(new Error("the disk reports an error"));
  await assert.rejects(first, /disk/);
  ends[1]?.resolve();
  assert.equal(await second, 2);
});
