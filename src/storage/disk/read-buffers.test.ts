import assert from "node:assert/strict";
import { test } from "node:test";
import { ReadBuffers } from "./read-buffers.ts";

const FULL = 1024;
const SMALL = 128;

test("what many bytes are read into is of the full size, for few bytes it is no larger than they are", () => {
  const buffers = new ReadBuffers(FULL);
  for (const [wanted, given] of [
    [5000, FULL],
    [SMALL + 1, FULL],
    [SMALL, SMALL],
    [7, 7],
    [0, 0],
  ] as const) {
    using buffer = buffers.lend(wanted);
    assert.equal(buffer.bytes.length, given, `for ${wanted}`);
  }
});

test("of more than 32 at once the others are small, until one of them is given back", () => {
  const buffers = new ReadBuffers(FULL);
  const lent = Array.from({ length: 33 }, () => buffers.lend(5000));
  assert.deepEqual(
    lent.map(({ bytes }) => bytes.length),
    [...Array(32).fill(FULL), SMALL],
  );
  lent[32]?.[Symbol.dispose](); // a small one makes no room
  assert.equal(buffers.lend(5000).bytes.length, SMALL);
  lent[0]?.[Symbol.dispose]();
  lent[0]?.[Symbol.dispose](); // once
  assert.deepEqual([buffers.lend(5000).bytes.length, buffers.lend(5000).bytes.length], [FULL, SMALL]);
});

test("one is used again only when nobody looks at it any more", () => {
  const buffers = new ReadBuffers(FULL);
  const broken = buffers.lend(FULL);
  broken[Symbol.dispose]();
  const spent = buffers.lend(FULL);
  assert.notEqual(spent.bytes, broken.bytes);
  spent.spend();
  const other = buffers.lend(FULL);
  assert.notEqual(other.bytes, spent.bytes); // not before its scope has been left
  spent[Symbol.dispose]();
  assert.equal(buffers.lend(FULL).bytes, spent.bytes);
});

test("four are kept, the memory of others is freed at once", () => {
  const buffers = new ReadBuffers(FULL);
  const lent = Array.from({ length: 5 }, () => buffers.lend(FULL));
  for (const one of lent) {
    one.spend();
    one[Symbol.dispose]();
  }
  assert.deepEqual(
    lent.map(({ bytes }) => bytes.length),
    [FULL, FULL, FULL, FULL, 0],
  );
  using small = buffers.lend(10);
  small.spend();
  assert.equal(small.bytes.length, 0);
});
