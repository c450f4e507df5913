import assert from "node:assert/strict";
import { test } from "node:test";
import { BEAT_MS, Pulse } from "./pulse.ts";

test("one question is under way at a time, and silence grows with each beat until it is answered", () => {
  const pulse = new Pulse();
  assert.deepEqual([pulse.beat(), pulse.silentMs], [true, 0]);
  assert.deepEqual([pulse.beat(), pulse.silentMs], [false, BEAT_MS]);
  assert.deepEqual([pulse.beat(), pulse.silentMs, pulse.asked], [false, 2 * BEAT_MS, 1]);
  pulse.answered();
  assert.equal(pulse.silentMs, 0);
  assert.deepEqual([pulse.beat(), pulse.silentMs, pulse.asked], [true, 0, 2]);
});
