import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextRound } from "node:timers/promises";
import { Departures } from "./departures.ts";

test("what becomes ready in one round of the event loop leaves together at its end, in order", async () => {
  const { departures, left } = openDepartures();
  departures.add(1, 10);
  departures.add(2, 10);
  await Promise.resolve();
  assert.deepEqual(left, []);
  await nextRound();
  assert.deepEqual(left, [1, 2]);
  departures.add(3, 10);
  await nextRound();
  assert.deepEqual(left, [1, 2, 3]);
});

test("no more than 64 of them wait, and no more than 1 MiB", async () => {
  const { departures, left } = openDepartures();
  for (let number = 1; number <= 63; number += 1) departures.add(number, 0);
  assert.equal(left.length, 0);
  departures.add(64, 0);
  assert.equal(left.length, 64);
  departures.add(65, 1024 * 1024 - 1);
  assert.equal(left.length, 64);
  departures.add(66, 1);
  assert.equal(left.length, 66);
  await nextRound();
  assert.equal(left.length, 66); // each of them once
});

test("what becomes ready while others leave has a round of its own", async () => {
  const { departures, left } = openDepartures();
  departures.add(1, 0, () => departures.add(2, 0));
  await nextRound();
  assert.deepEqual(left, [1]);
  await nextRound();
  assert.deepEqual(left, [1, 2]);
});

function openDepartures() {
  const all = new Departures();
  const left: number[] = [];
  const add = (number: number, bytes: number, then?: () => void) => {
    all.add({
      bytes,
      leave() {
        left.push(number);
        then?.();
      },
    });
  };
  return { departures: { add }, left };
}
