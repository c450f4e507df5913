import assert from "node:assert/strict";
import { test } from "node:test";
import { compareTrashBatches, parseTrashBatch, restoreBatch, trashBatch, trashHourOf } from "./trash-batch.ts";

test("the trash is sorted by UTC hours, whatever the clock says", () => {
  assert.equal(trashHourOf(Date.UTC(2026, 10, 21, 17, 59, 59, 999)), "2026-11-21T17");
  assert.equal(trashHourOf(-1), "1970-01-01T00");
  assert.equal(trashHourOf(8e15), "9999-12-31T23");
  assert.deepEqual(parseTrashBatch("2026-11-21T17"), { hour: "2026-11-21T17", endsAtMs: Date.UTC(2026, 10, 21, 18) });
  assert.deepEqual(parseTrashBatch("2026-11-21T17~12"), { hour: "2026-11-21T17", endsAtMs: Date.UTC(2026, 10, 21, 18) });
  assert.deepEqual(parseTrashBatch("2026-11-21T17~r0123abcd"), { hour: "2026-11-21T17", endsAtMs: Date.UTC(2026, 10, 21, 18) });
});

test("a folder that is named otherwise is no part of the trash", () => {
  const names = [
    "",
    "2026-11-21",
    "2026-13-21T17",
    "2026-02-30T17",
    "2026-11-21T24",
    "2026-11-21T17~",
    "2026-11-21T17~0",
    "2026-11-21T17~100",
    "x2026-11-21T17",
    "2026-11-21T17~r",
    "2026-11-21T17~r0123abc",
    "2026-11-21T17~r0123ABCD",
    "2026-11-21T17~2~r0123abcd",
  ];
  for (const name of names) assert.equal(parseTrashBatch(name), undefined, name);
});

test("of one hour the rounds come in their order", () => {
  const batches = [trashBatch("2026-11-21T17", 10), "2026-11-21T18", trashBatch("2026-11-21T17", 2), trashBatch("2026-11-21T17", 1)];
  assert.deepEqual(batches.sort(compareTrashBatches), ["2026-11-21T17", "2026-11-21T17~2", "2026-11-21T17~10", "2026-11-21T18"]);
});

test("what a restore has left comes behind the rounds of its hour", () => {
  const left = ["00000001", "ffffffff"].map((tag) => restoreBatch("2026-11-21T17", tag));
  const batches = [...left.toReversed(), "2026-11-21T18", "2026-11-21T17~99", "2026-11-21T17"];
  assert.deepEqual(batches.sort(compareTrashBatches), ["2026-11-21T17", "2026-11-21T17~99", ...left, "2026-11-21T18"]);
});
