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

test("after a slow call, also one that fails, the thread pool takes the next ones for ten seconds", async (t) => {
  const calls = new QuickCalls({ allowed: true });
  let nowMs = 1000;
  t.mock.method(performance, "now", () => nowMs);
  const slow = () => {
    nowMs += 6;
    throw new Error("slow and broken");
  };
  assert.throws(() => calls.run(slow, later), /slow and broken/);
  nowMs += 9_999;
  assert.equal(await calls.run(() => "direct", later), "thread pool");
  nowMs += 1;
  assert.equal(await calls.run(() => "direct", later), "direct");
});

test("where a call may hang none is made directly", async () => {
  const calls = new QuickCalls({ allowed: false });
  assert.equal(await calls.run(() => "direct", later), "thread pool");
});
