import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AlarmKind } from "#model/alarm.ts";
import { THING_STATES, type ThingState } from "#model/thing.ts";
import { dueAfter, dueState, type ThingFacts } from "./due-state.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A Friday. */
const T = Date.UTC(2026, 10, 20, 3);
const DAILY = { intervalMs: DAY, graceMs: 4 * HOUR, from: "set" } as const;

function facts(more: Partial<ThingFacts> = {}): ThingFacts {
  return {
    arrivedAtMs: [T],
    expectedSinceMs: T - 10 * DAY,
    rhythm: DAILY,
    failedAtMs: [],
    provenAtMs: undefined,
    proofAgeMs: 30 * DAY,
    pausedUntilMs: undefined,
    alarms: [],
    ...more,
  };
}

const at = (ms: number) => ({ earliestMs: ms, latestMs: ms });

/** State and hours from T to its next change. */
function found(more: Partial<ThingFacts>, ms: number, was?: ThingState) {
  const { state, changesAtMs } = dueState(facts(more), at(ms), was);
  return [state, changesAtMs === undefined ? undefined : (changesAtMs - T) / HOUR];
}

test("a thing is safe until its grace is over, then late, and says when", () => {
  const state = dueState(facts(), at(T + HOUR), undefined);
  assert.deepEqual(state, { state: "safe", dueAtMs: T + DAY, lateAtMs: T + 28 * HOUR, lastGoodAtMs: T, changesAtMs: T + 28 * HOUR });
  assert.deepEqual(found({}, T + 28 * HOUR - 1), ["safe", 28]);
  assert.deepEqual(found({}, T + 28 * HOUR), ["late", undefined]);
  assert.deepEqual(found({ arrivedAtMs: [T + 30 * HOUR, T] }, T + 30 * HOUR, "late"), ["safe", 58]);
});

test("before anything has come a thing is new, and late when a person has said that it comes", () => {
  const none = { arrivedAtMs: [], expectedSinceMs: T };
  assert.deepEqual(found(none, T), ["new", 28]);
  assert.deepEqual(found(none, T + 28 * HOUR), ["late", undefined]);
  assert.deepEqual(found({ ...none, rhythm: undefined }, T + 900 * DAY), ["new", undefined]);
});

test("without a rhythm what has come is safe until nobody has read it again for too long", () => {
  assert.deepEqual(found({ rhythm: undefined }, T + DAY), ["safe", 30 * 24]);
  assert.deepEqual(found({ rhythm: undefined }, T + 30 * DAY), ["unproven", undefined]);
  assert.deepEqual(found({ rhythm: undefined, provenAtMs: T + 29 * DAY }, T + 30 * DAY), ["safe", 59 * 24]);
  assert.deepEqual(found({ rhythm: undefined, proofAgeMs: undefined }, T + 900 * DAY), ["safe", undefined]);
});

test("uploads that fail make a thing failing unless a good one follows soon", () => {
  assert.deepEqual(found({ failedAtMs: [T + HOUR] }, T + HOUR), ["safe", 1.25]);
  assert.deepEqual(found({ failedAtMs: [T + 3 * HOUR, T + HOUR] }, T + 1.25 * HOUR), ["failing", undefined]);
  assert.deepEqual(found({ failedAtMs: [T - HOUR] }, T + HOUR), ["safe", 28]);
  assert.deepEqual(found({ failedAtMs: [T + HOUR], arrivedAtMs: [T, T + 1.1 * HOUR] }, T + 2 * HOUR), ["safe", 29.1]);
  assert.deepEqual(found({ arrivedAtMs: [], failedAtMs: [T] }, T + HOUR), ["failing", undefined]);
  // Nothing good comes, so it is overdue too; that it fails says more.
  assert.deepEqual(found({ failedAtMs: [T + HOUR] }, T + 9 * DAY)[0], "failing");
});

test("an open alarm about what has come speaks against it, one about silence or space does not", () => {
  for (const [kind, state] of [
    ["size", "failing"],
    ["chain", "failing"],
    ["damage", "failing"],
    ["silence", "safe"],
    ["space", "safe"],
  ] as const)
    assert.equal(found({ alarms: [kind satisfies AlarmKind] }, T + HOUR)[0], state, kind);
});

test("a paused thing is paused whatever it is otherwise, and tells when that ends", () => {
  assert.deepEqual(found({ pausedUntilMs: T + 40 * HOUR, alarms: ["damage"] }, T), ["paused", 40]);
  assert.deepEqual(found({ pausedUntilMs: T + 40 * HOUR }, T + 40 * HOUR, "paused"), ["late", undefined]);
  assert.deepEqual(found({ pausedUntilMs: Number.POSITIVE_INFINITY }, T + 900 * DAY), ["paused", undefined]);
});

test("on days of rest nothing is due", () => {
  const weekdays = { ...DAILY, restDays: { weekdays: [0, 6], dayBeginsMs: -9 * HOUR } };
  assert.equal((dueAfter(T, weekdays) - T) / DAY, 3);
  assert.equal((dueAfter(T - DAY, weekdays) - T) / DAY, 0);
  assert.equal(found({ rhythm: weekdays }, T + 3 * DAY)[0], "safe");
  assert.deepEqual(found({ rhythm: weekdays }, T + 3 * DAY + 4 * HOUR), ["late", undefined]);
});

test("a clock that jumps ahead makes nothing late or unproven, and ends no pause", () => {
  const ahead = { earliestMs: T + HOUR, latestMs: T + 400 * DAY };
  assert.equal(dueState(facts(), ahead, "safe").state, "safe");
  assert.equal(dueState(facts({ rhythm: undefined }), ahead, "safe").state, "safe");
  assert.equal(dueState(facts({ pausedUntilMs: T + DAY }), ahead, "paused").state, "paused");
});

test("a clock that is set back makes nothing safe that was late, and nothing late that was safe", () => {
  const back = { earliestMs: T - 400 * DAY, latestMs: T + 28 * HOUR };
  assert.equal(dueState(facts(), back, "late").state, "late");
  assert.equal(dueState(facts({ rhythm: undefined }), { ...back, latestMs: T + 30 * DAY }, "unproven").state, "unproven");
  assert.equal(dueState(facts({ failedAtMs: [T + HOUR] }), back, "failing").state, "failing");
  assert.equal(dueState(facts({ pausedUntilMs: T + HOUR }), back, "late").state, "late");
  assert.equal(dueState(facts(), { earliestMs: T - 400 * DAY, latestMs: T + HOUR }, "safe").state, "safe");
  // A good backup ends it, clock or no clock.
  assert.equal(dueState(facts({ arrivedAtMs: [T, T + 28 * HOUR] }), back, "late").state, "safe");
});

test("a backup from the future does not keep a thing safe until then", () => {
  const arrivedAtMs = [T, T + 400 * DAY];
  assert.deepEqual(found({ arrivedAtMs }, T + 28 * HOUR), ["late", undefined]);
  assert.equal(dueState(facts({ arrivedAtMs }), at(T + HOUR), undefined).lastGoodAtMs, T);
  assert.equal(dueState(facts({ arrivedAtMs: [T + 1000] }), at(T), undefined).lastGoodAtMs, T + 1000);
});

const hours = (most: number) => fc.integer({ min: -most, max: most }).map((each) => T + each * HOUR);
const anyFacts = fc.record<ThingFacts>({
  arrivedAtMs: fc.array(hours(300), { maxLength: 4 }),
  expectedSinceMs: hours(300),
  rhythm: fc.option(
    fc.record({
      intervalMs: fc.integer({ min: 1, max: 200 }).map((each) => each * HOUR),
      graceMs: fc.nat({ max: 50 }).map((each) => each * HOUR),
      from: fc.constant("set" as const),
    }),
    { nil: undefined },
  ),
  failedAtMs: fc.array(hours(300), { maxLength: 3 }),
  provenAtMs: fc.option(hours(300), { nil: undefined }),
  proofAgeMs: fc.option(
    fc.integer({ min: 1, max: 300 }).map((each) => each * HOUR),
    { nil: undefined },
  ),
  pausedUntilMs: fc.option(fc.oneof(hours(300), fc.constant(Number.POSITIVE_INFINITY)), { nil: undefined }),
  alarms: fc.constantFrom([], ["size" as const], ["silence" as const]),
});
const anyState = fc.option(fc.constantFrom(...THING_STATES), { nil: undefined });

test("a state stays what it is until the moment it names, and is another one then", () => {
  fc.assert(
    fc.property(anyFacts, hours(300), anyState, fc.double({ min: 0, max: 1, noNaN: true }), (thing, nowMs, before, share) => {
      // A backup with a later time comes in the future: that is something that happens.
      const come = { ...thing, arrivedAtMs: thing.arrivedAtMs.filter((atMs) => atMs <= nowMs) };
      const { state, changesAtMs } = dueState(come, at(nowMs), before);
      const untilMs = changesAtMs ?? nowMs + 5000 * DAY;
      assert.ok(untilMs > nowMs);
      const between = nowMs + Math.floor((untilMs - 1 - nowMs) * share);
      for (const ms of [between, untilMs - 1]) assert.equal(dueState(come, at(ms), state).state, state);
      if (changesAtMs !== undefined) assert.notEqual(dueState(come, at(changesAtMs), state).state, state);
    }),
    { numRuns: 1000 },
  );
});

test("no clock alone, however it is set while the other goes on, moves a thing between safe and late", () => {
  fc.assert(
    fc.property(anyFacts, hours(300), fc.integer({ min: -5000, max: 5000 }), (thing, nowMs, jump) => {
      const come = { ...thing, arrivedAtMs: thing.arrivedAtMs.filter((atMs) => atMs <= nowMs) };
      const { state } = dueState(come, at(nowMs), undefined);
      const jumped = nowMs + jump * HOUR;
      const moment = { earliestMs: Math.min(nowMs, jumped), latestMs: Math.max(nowMs, jumped) };
      const after = dueState(come, moment, state).state;
      if (state !== "paused") assert.equal(after, state);
      else assert.ok(after === "paused");
    }),
    { numRuns: 1000 },
  );
});
