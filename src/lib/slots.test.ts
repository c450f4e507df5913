import assert from "node:assert/strict";
import { test } from "node:test";
import { Slots } from "./slots.ts";

test("slots run so many at once, queue so many more in order, and refuse the rest", async () => {
  const slots = new Slots({ atOnce: 2, waiting: 1 }, () => new Error("full"));
  const started: number[] = [];
  const ends: (() => void)[] = [];
  const job = (id: number) =>
    slots.run(async () => {
      started.push(id);
      await new Promise<void>((resolve) => ends.push(resolve));
      return id;
    });
  const jobs = [job(1), job(2), job(3)];
  await assert.rejects(job(4), /full/);
  assert.deepEqual(started, [1, 2]);

  ends.shift()?.();
  await jobs[0];
  await Promise.resolve();
  assert.deepEqual(started, [1, 2, 3]);
  for (const end of ends) end();
  assert.deepEqual(await Promise.all(jobs), [1, 2, 3]);
});

test("a slot is free again after work that failed", async () => {
  const slots = new Slots({ atOnce: 1, waiting: 0 }, () => new Error("full"));
  await assert.rejects(
    slots.run(() => Promise.reject(new Error("broke"))),
    /broke/,
  );
  assert.equal(await slots.run(async () => "again"), "again");
});
