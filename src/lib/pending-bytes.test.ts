import assert from "node:assert/strict";
import { test } from "node:test";
import { PendingBytes } from "./pending-bytes.ts";

test("bytes are pending from when they are announced until they come or their sender goes", () => {
  const pending = new PendingBytes();
  const first = pending.expect("a", 100);
  const second = pending.expect("a", 50);
  assert.deepEqual([pending.of("a"), pending.of("b")], [150, 0]);
  first.arrived(30);
  second.arrived(80);
  assert.equal(pending.of("a"), 70, "more than announced takes nothing from others");
  second.more(5);
  assert.equal(pending.of("a"), 75);
  for (const _ of [1, 2]) first[Symbol.dispose]();
  assert.equal(pending.of("a"), 5);
  second[Symbol.dispose]();
  assert.equal(pending.of("a"), 0);
});
