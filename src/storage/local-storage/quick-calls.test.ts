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

test("after a slow call, also one that fails, the thread pool takes the next ones for fifty times as long", async (t) => {
  const calls = new QuickCalls({ allowed: true });
  let nowMs = 1000;
  t.mock.method(performance, "now", () => nowMs);
  const slow = () => {
    nowMs += 6;
    throw new Error("slow and broken");
  };
  assert.throws(() => calls.run(slow, later), /slow and broken/);
  nowMs += 299;
  assert.equal(await calls.run(() => "direct", later), "thread pool");
  assert.equal(calls.areDirect, false);
  nowMs += 1;
  assert.equal(calls.areDirect, true);
  assert.equal(await calls.run(() => "direct", later), "direct");
});

test("however slow a call was, the next is tried again after ten seconds", async (t) => {
  const calls = new QuickCalls({ allowed: true });
  let nowMs = 1000;
  t.mock.method(performance, "now", () => nowMs);
  void calls.run(
    () => {
      nowMs += 60_000;
    },
    async () => undefined,
  );
  nowMs += 9_999;
  assert.equal(calls.areDirect, false);
  nowMs += 1;
  assert.equal(calls.areDirect, true);
});

test("where a call may hang none is made directly", async () => {
  const calls = new QuickCalls({ allowed: false });
  assert.equal(await calls.run(() => "direct", later), "thread pool");
});
