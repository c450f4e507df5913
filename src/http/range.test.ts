import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRange } from "./range.ts";

test("a range of bytes is read as restic and others write it", () => {
  assert.equal(parseRange(undefined), undefined);
  assert.deepEqual(parseRange("bytes=0-"), { first: 0, last: undefined });
  assert.deepEqual(parseRange("bytes=5-"), { first: 5, last: undefined });
  assert.deepEqual(parseRange("bytes=0-0"), { first: 0, last: 0 });
  assert.deepEqual(parseRange("bytes=0-9999"), { first: 0, last: 9999 });
  assert.deepEqual(parseRange(" bytes = 26-26 "), { first: 26, last: 26 });
  assert.deepEqual(parseRange("bytes=-5"), { suffix: 5 });
});

test("a range that cannot be read or cannot exist is answered with 416", () => {
  for (const header of [
    "bytes=5-2",
    "bytes=abc",
    "bytes=-",
    "bytes=-0",
    "bytes=1",
    "bytes=1-2-3",
    "bytes=0x1-2",
    "bytes=--1",
    "BYTES=0-3",
  ]) {
    assert.equal(parseRange(header), "unsatisfiable", header);
  }
});

test("other units, several ranges and an empty list are answered with the whole", () => {
  for (const header of ["bits=0-1", "abc", "", "bytes", "bytes=", "bytes= ", "bytes=0-1,3-4", "bytes=0-1, x", "items=1-2"]) {
    assert.equal(parseRange(header), "ignore", header);
  }
});

test("a range beyond 2^53 is clipped and stays a number", () => {
  const most = Number.MAX_SAFE_INTEGER;
  assert.deepEqual(parseRange("bytes=0-99999999999999999999999"), { first: 0, last: most });
  assert.deepEqual(parseRange(`bytes=${"9".repeat(400)}-`), { first: most, last: undefined });
  assert.deepEqual(parseRange("bytes=-99999999999999999999"), { suffix: most });
});
