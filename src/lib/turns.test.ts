import assert from "node:assert/strict";
import { test } from "node:test";
import { Turns } from "./turns.ts";

test("however many have long work, one round of the event loop holds one slice of all of them together", async () => {
  let nowMs = 0;
  const turns = new Turns(() => nowMs);
  const roundsMs: number[] = [];
  let isDone = false;
  const watch = (beforeMs: number) => {
    roundsMs.push(nowMs - beforeMs);
    if (!isDone) setImmediate(watch, nowMs);
  };
  setImmediate(watch, nowMs);
  const order: number[] = [];
  const work = async (worker: number) => {
    for (let step = 0; step < 40; step += 1) {
      if (turns.isOver()) await turns.next();
      nowMs += 1; // a step takes a millisecond
      order.push(worker);
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, worker) => work(worker)));
  isDone = true;
  assert.equal(nowMs, 320);
  assert.ok(Math.max(...roundsMs) <= 18, `${Math.max(...roundsMs)}`); // the slice, and the step in which each of the others saw its end
  assert.deepEqual(new Set(order.slice(0, 100)).size, 8, "nobody waits for all of another's work");
});

test("short work waits for nothing", () => {
  const turns = new Turns(() => 5);
  assert.equal(turns.isOver(), false);
  assert.equal(turns.isOver(), false);
});
