import assert from "node:assert/strict";
import { test } from "node:test";
import type { FolderMark } from "#storage/driver.ts";
import { isStillSo, mayBeWritten } from "./seen-folder.ts";

const MOST_AGE_MS = 600_000;
const NOON_MS = Date.UTC(2026, 0, 1, 12);

/** A folder whose names changed at some time before or after noon, when it was read; looked at `laterMs` afterwards. */
function stillSo(options: {
  changedMs?: number[];
  laterMs?: number;
  text?: string;
  isBeingWritten?: boolean;
  clockSetByMs?: number;
}): boolean {
  const { changedMs = [-60_000], laterMs = 1000, text = "a", isBeingWritten = false, clockSetByMs = 0 } = options;
  const markAt = (seenAtMs: number): FolderMark => ({ text: "a", changedAtMs: changedMs.map((ms) => NOON_MS + ms), seenAtMs });
  const seen = { mark: markAt(NOON_MS), atMs: 5000, isBeingWritten };
  const now = { mark: { ...markAt(NOON_MS + laterMs + clockSetByMs), text }, atMs: 5000 + laterMs };
  return isStillSo(seen, now, MOST_AGE_MS);
}

test("HB-4: what was read of a folder counts while it looks as it did", () => {
  assert.equal(stillSo({}), true);
  assert.equal(stillSo({ laterMs: MOST_AGE_MS - 1 }), true);
  assert.equal(stillSo({ text: "b" }), false);
});

test("HB-4: what was read within two seconds of a change does not count: another change may have left the same time", () => {
  for (const ms of [0, -1, -1999, -2000]) assert.equal(stillSo({ changedMs: [ms] }), false, `${ms}`);
  for (const ms of [-3000, -86_400_000]) assert.equal(stillSo({ changedMs: [ms] }), true, `${ms}`);
});

test("HB-4: of the two times of a folder one may be set by anybody, and the other tells of it", () => {
  assert.equal(stillSo({ changedMs: [-86_400_000, -100] }), false);
  assert.equal(stillSo({ changedMs: [-86_400_000, -5000] }), true);
});

test("a time ahead of the clock counts until the clock comes near it", () => {
  assert.equal(stillSo({ changedMs: [60_000] }), true);
  assert.equal(stillSo({ changedMs: [60_000], laterMs: 57_000 }), true);
  for (const laterMs of [58_000, 60_000, 63_000, 300_000]) assert.equal(stillSo({ changedMs: [60_000], laterMs }), false, `${laterMs}`);
});

test("nothing counts any more when the clock was set between", () => {
  for (const clockSetByMs of [-3_600_000, -2000, 2000, 3_600_000]) assert.equal(stillSo({ clockSetByMs }), false, `${clockSetByMs}`);
  assert.equal(stillSo({ clockSetByMs: 500 }), true);
});

test("sizes are looked at again after ten minutes, and while a file may be being written to", () => {
  assert.equal(stillSo({ laterMs: MOST_AGE_MS }), false);
  assert.equal(stillSo({ isBeingWritten: true }), false);
  const mark = { text: "a", changedAtMs: [], seenAtMs: NOON_MS };
  assert.deepEqual(
    [-20_000, -9000, 0, 9000, 20_000].map((ms) => mayBeWritten({ changedAtMs: NOON_MS + ms }, mark)),
    [false, true, true, true, false],
  );
});
