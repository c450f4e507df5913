import assert from "node:assert/strict";
import { test } from "node:test";
import { QuickCalls } from "./quick-calls.ts";

const later = async () => "thread pool";

test("calls that are answered at once are made directly", () => {
  const calls = new QuickCalls({ allowed: true });
  assert.equal(
    calls.run(() => "direct", later),
    "direct",
  );
});

test("one call that looks slow may only have been interrupted; more of them, also failing ones, send the next to the thread pool for a while", async (t) => {
  const calls = new QuickCalls({ allowed: true });
  let nowMs = 1000;
  t.mock.method(performance, "now", () => nowMs);
  const slow = () => {
    nowMs += 6;
    throw new Error("slow and broken");
  };
  for (let count = 0; count < 3; count += 1) assert.throws(() => calls.run(slow, later), /slow and broken/);
  assert.equal(calls.areDirect, true);
  assert.throws(() => calls.run(slow, later), /slow and broken/);
  assert.equal(calls.areDirect, false); // 24 ms less a fiftieth of the 18 ms in which they came: 3.64 ms too many
  nowMs += 181;
  assert.equal(await calls.run(() => "direct", later), "thread pool");
  nowMs += 2;
  assert.equal(await calls.run(() => "direct", later), "direct");
  nowMs += 1000; // and a second later there is room for 20 ms more
  for (let count = 0; count < 3; count += 1) assert.throws(() => calls.run(slow, later), /slow and broken/);
  assert.equal(calls.areDirect, true);
});

test("however slow a call was, the next is tried again after ten seconds", async (t) => {
  const calls = new QuickCalls({ allowed: true });
  let nowMs = 1000;
  t.mock.method(performance, "now", () => nowMs);
  const slow = () => {
    nowMs += 60_000;
    return "direct";
  };
  assert.equal(await calls.run(slow, later), "direct");
  nowMs += 9_999;
  assert.equal(calls.areDirect, false);
  nowMs += 1;
  assert.equal(calls.areDirect, true);
});

test("where a call may hang none is made directly", async () => {
  const calls = new QuickCalls({ allowed: false });
  assert.equal(await calls.run(() => "direct", later), "thread pool");
});
