import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { settlePauseMs, stepOf } from "./alarm-step.ts";

const BOUNDS = { settleMs: 100, longestSettleMs: 1000 };
const OPEN = {
  id: 1,
  kind: "silence",
  subject: "thing 1",
  account: undefined,
  summary: "s",
  openedAtMs: 0,
  seenAtMs: 0,
  closedAtMs: undefined,
  outcome: undefined,
} as const;

test("what is done about an alarm follows from its end, its silence and who was told", () => {
  const step = (closedAtMs: number | undefined, told: boolean, reopenings: number, mutedUntilMs: number | undefined, nowMs: number) =>
    stepOf({ alarm: { ...OPEN, closedAtMs }, announcedAtMs: told ? 5 : undefined, reopenings }, mutedUntilMs, nowMs, BOUNDS);
  assert.deepEqual(step(undefined, false, 0, undefined, 10), { do: "announce" });
  assert.deepEqual(step(undefined, false, 0, 10, 10), { do: "announce" }, "the silence is over");
  assert.deepEqual(step(undefined, false, 0, 50, 10), { do: "look", atMs: 50 });
  assert.deepEqual(step(undefined, false, 0, 5000, 10), { do: "look", atMs: 1010 });
  assert.deepEqual(step(10, true, 0, undefined, 109), { do: "look", atMs: 110 });
  assert.deepEqual(step(10, true, 0, undefined, 110), { do: "settle", recovery: true });
  assert.deepEqual(step(10, true, 2, undefined, 110), { do: "look", atMs: 410 });
  assert.deepEqual(step(10, false, 0, undefined, 110), { do: "settle", recovery: false });
  assert.deepEqual(step(10, true, 0, 900, 110), { do: "settle", recovery: false });
  assert.deepEqual(step(9000, true, 0, undefined, 110), { do: "settle", recovery: true }, "the clock has been set back");
});

test("the pause never shrinks as a cause comes back, and nothing is looked at later than the longest pause", () => {
  const time = fc.integer({ min: 0, max: 1e13 });
  fc.assert(
    fc.property(
      fc.nat(1e6),
      fc.option(time, { nil: undefined }),
      fc.option(time, { nil: undefined }),
      time,
      (reopenings, closedAtMs, mutedMs, nowMs) => {
        assert.ok(settlePauseMs(reopenings + 1, BOUNDS) >= settlePauseMs(reopenings, BOUNDS));
        const step = stepOf({ alarm: { ...OPEN, closedAtMs }, announcedAtMs: 1, reopenings }, mutedMs, nowMs, BOUNDS);
        if (step.do === "look") assert.ok(step.atMs > nowMs && step.atMs <= nowMs + BOUNDS.longestSettleMs);
      },
    ),
  );
});
