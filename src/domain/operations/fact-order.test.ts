import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { FactOrder } from "./fact-order.ts";

function order(options: { readonly holdMs?: number; readonly most?: number } = {}) {
  const taken: string[] = [];
  const clock = { nowMs: 1000 };
  const it = new FactOrder<string>({
    holdMs: 40,
    most: 1000,
    ...options,
    nowMs: () => clock.nowMs,
    take: (fact, atMs) => void taken.push(`${fact} ${atMs}`),
  });
  return { it, taken, clock };
}

test("facts are handed on in the order of their times, whoever told them first", () => {
  const { it, taken } = order();
  for (const atMs of [10, 30, 50]) it.add("one", atMs);
  for (const atMs of [20, 30, 40]) it.add("other", atMs);
  it.releaseAll();
  assert.deepEqual(taken, ["one 10", "other 20", "one 30", "other 30", "other 40", "one 50"]);
});

test("a fact is held until nothing earlier can come any more, and no longer", async () => {
  const { it, taken, clock } = order();
  it.add("late", 995);
  await sleep(30); // time stands still for it
  assert.deepEqual(taken, []);
  it.add("early", 990);
  clock.nowMs = 1032;
  while (taken.length === 0) await sleep(5);
  assert.deepEqual(taken, ["early 990"]);
  clock.nowMs = 1035;
  while (taken.length === 1) await sleep(5);
  assert.deepEqual(taken, ["early 990", "late 995"]);
});

test("more facts than may be held push out the oldest, and one from the future is of now", () => {
  const { it, taken } = order({ most: 2 });
  for (const atMs of [5, 9000, 7]) it.add("fact", atMs);
  assert.deepEqual(taken, ["fact 5"]);
  it.releaseAll();
  assert.deepEqual(taken, ["fact 5", "fact 7", "fact 1000"]);
});

test("a fact that comes after those that followed it is taken with the next", () => {
  const { it, taken } = order();
  it.add("second", 20);
  it.releaseAll();
  it.add("third", 30);
  it.add("first", 10);
  it.releaseAll();
  assert.deepEqual(taken, ["second 20", "first 10", "third 30"]);
});
