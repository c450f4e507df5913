import assert from "node:assert/strict";
import { test } from "node:test";
import { inTurn } from "./in-turn.ts";

test("work runs one at a time, callers during a run share the next, and a failure reaches its own callers alone", async () => {
  const runs: PromiseWithResolvers<void>[] = [];
  const call = inTurn(() => {
    const run = Promise.withResolvers<void>();
    runs.push(run);
    return run.promise;
  });
  const first = call();
  const [second, third] = [call(), call()];
  assert.equal(runs.length, 1);
  runs[0]?.reject(new Error("the first one broke"));
  await assert.rejects(first, /the first one broke/);
  await Promise.resolve();
  assert.equal(runs.length, 2);
  const fourth = call();
  runs[1]?.resolve();
  await Promise.all([second, third]);
  await Promise.resolve();
  assert.equal(runs.length, 3);
  runs[2]?.resolve();
  await fourth;
  void call();
  assert.equal(runs.length, 4);
});
