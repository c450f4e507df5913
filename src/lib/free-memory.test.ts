import assert from "node:assert/strict";
import { test } from "node:test";
import { freeMemory } from "./free-memory.ts";

test("a buffer that has its memory for itself is empty afterwards", () => {
  const buffer = Buffer.allocUnsafeSlow(65_536);
  freeMemory(buffer);
  assert.deepEqual([buffer.length, buffer.buffer.byteLength], [0, 0]);
});

test("a part of a larger memory is left as it is", () => {
  const whole = Buffer.from("0123456789");
  const shared = Buffer.allocUnsafeSlow(10);
  whole.copy(shared);
  freeMemory(shared.subarray(2, 5));
  freeMemory(new Uint8Array(new SharedArrayBuffer(4)));
  assert.equal(shared.toString(), "0123456789");
});
