import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { learnRhythm } from "./learn-rhythm.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A Monday. */
const START = Date.UTC(2026, 8, 7, 3);

const every = (intervalMs: number, count: number, startMs = START) => Array.from({ length: count }, (_, at) => startMs + at * intervalMs);
const without = (arrivals: readonly number[], ...missed: readonly number[]) => arrivals.filter((_, at) => !missed.includes(at));
const onWeekdays = (days: number, weekdays: readonly number[], startMs = START) =>
  every(DAY, days, startMs).filter((atMs) => weekdays.includes(new Date(atMs).getUTCDay()));
/** Early and late by up to so much, the same in each run. */
const jittered = (arrivals: readonly number[], mostMs: number) =>
  arrivals.map((atMs, at) => atMs + Math.round((((at * 37) % 21) / 10 - 1) * mostMs));

function learned(arrivals: readonly number[]) {
  const rhythm = learnRhythm(arrivals);
  return rhythm === undefined ? undefined : [rhythm.intervalMs / HOUR, rhythm.graceMs / HOUR, rhythm.kind, rhythm.restDays?.weekdays];
}

test("usual rhythms are found, and the grace is a sixth of them where they are kept exactly", () => {
  assert.deepEqual(learned(every(DAY, 20)), [24, 4, "regular", undefined]);
  assert.deepEqual(learned(every(7 * DAY, 6)), [168, 28, "regular", undefined]);
  assert.deepEqual(learned(every(6 * HOUR, 80)), [6, 1, "regular", undefined]);
  assert.deepEqual(learned(every(HOUR, 600)), [1, 0.5, "regular", undefined]);
  assert.deepEqual(learned(every(5 * MINUTE, 4000)), [1 / 12, 0.5, "regular", undefined]);
  const months = Array.from({ length: 7 }, (_, month) => Date.UTC(2026, month, 1, 3));
  assert.deepEqual(learned(months), [31 * 24, 48, "regular", undefined]);
  assert.deepEqual(learned(every(2 * DAY, 12)), [48, 8, "regular", undefined]);
});

test("what comes on some days of the week has the others for days of rest, from the second week on", () => {
  assert.deepEqual(learned(onWeekdays(33, [1, 2, 3, 4, 5])), [24, 4, "regular", [0, 6]]);
  assert.deepEqual(learned(onWeekdays(11, [1, 2, 3, 4, 5])), [24, 50, "regular", undefined]);
  assert.deepEqual(learned(onWeekdays(33, [1, 3, 5])), [24, 4, "regular", [0, 2, 4, 6]]);
  // A holiday, and a whole sick week in eight.
  assert.deepEqual(learned(without(onWeekdays(33, [1, 2, 3, 4, 5]), 7))?.[3], [0, 6]);
  assert.deepEqual(learned(without(onWeekdays(56, [1, 2, 3, 4, 5]), 15, 16, 17, 18, 19))?.[3], [0, 6]);
  // Each weekday comes up, but only every other time: no more than chance.
  const half = onWeekdays(54, [1, 2, 3, 4, 5]).filter((_, at) => at % 2 === 0);
  assert.equal(learned(half)?.[3], undefined);
  // A weekly one that somebody ran once more is no such thing.
  assert.deepEqual(learned([...every(7 * DAY, 4), START + 9 * DAY])?.[3], undefined);
  // At midnight, a few minutes early or late, the day is one all the same: Monday to Friday, by the hours before.
  const midnight = jittered(onWeekdays(40, [1, 2, 3, 4, 5], Date.UTC(2026, 8, 7)), 10 * MINUTE);
  assert.equal((learned(midnight)?.[3] as readonly number[] | undefined)?.length, 2);
  // In office hours, every two hours.
  const office = onWeekdays(40, [1, 2, 3, 4, 5]).flatMap((atMs) => every(2 * HOUR, 5, atMs + 4 * HOUR));
  assert.deepEqual(learned(office)?.[0], 24);
  assert.deepEqual(learned(office)?.[3], [0, 6]);
});

test("until it has come on a weekend what comes daily may stay out for one, two weeks long at most", () => {
  assert.deepEqual(learned(every(DAY, 5)), [24, 50, "regular", undefined]);
  assert.deepEqual(learned(every(6 * HOUR, 12)), [6, 68, "regular", undefined]);
  assert.deepEqual(learned(every(DAY, 7)), [24, 4, "regular", undefined]);
  assert.deepEqual(learned(without(every(DAY, 12), 5))?.[1], 50);
  assert.deepEqual(learned(without(every(DAY, 30), 5, 12, 13, 20, 21, 26, 27)), [24, 4, "regular", undefined]);
});

test("four backups are enough for a rhythm, three are not, and one of them missing takes one more", () => {
  assert.equal(learnRhythm([]), undefined);
  assert.equal(learnRhythm(every(7 * DAY, 3)), undefined);
  assert.equal(learned(every(7 * DAY, 4))?.[0], 168);
  assert.equal(learnRhythm(without(every(7 * DAY, 5), 2)), undefined);
  assert.equal(learned(without(every(7 * DAY, 6), 2))?.[0], 168);
});

test("a missed, a repeated, a late backup and bursts change nothing but the grace", () => {
  const daily = every(DAY, 20);
  assert.deepEqual(learned(without(daily, 9)), [24, 4, "regular", undefined]);
  assert.deepEqual(learned(without(daily, 4, 5, 6)), [24, 4, "regular", undefined]);
  assert.deepEqual(learned([...daily, START + 5 * DAY + 7 * HOUR]), [24, 4, "regular", undefined]);
  assert.deepEqual(learned([...daily, ...daily.slice(0, 10)]), [24, 4, "regular", undefined]);
  const bursts = daily.flatMap((atMs) => every(MINUTE, 40, atMs));
  assert.deepEqual(learned(bursts), [24, 4, "regular", undefined]);
  const weeklyBursts = every(7 * DAY, 6).flatMap((atMs) => every(20 * MINUTE, 12, atMs));
  assert.deepEqual(learned(weeklyBursts), [168, 28, "regular", undefined]);
  assert.deepEqual(learned([...daily, ...every(1000, 300, START + 5 * DAY + HOUR)]), [24, 4, "regular", undefined]);
});

test("the grace grows with what is usual, up to one interval", () => {
  const grace = (mostMs: number) => (learned(jittered(every(DAY, 40), mostMs))?.[1] as number | undefined) ?? 0;
  assert.equal(grace(HOUR / 2), 4);
  assert.ok(grace(3 * HOUR) > 8 && grace(3 * HOUR) <= 12, `${grace(3 * HOUR)}`);
  assert.ok(grace(6 * HOUR) > 18 && grace(6 * HOUR) < 24, `${grace(6 * HOUR)}`);
  assert.equal(learned(every(DAY, 40).map((atMs, at) => atMs + (at % 5 === 0 ? 14 * HOUR : 0)))?.[1], 24);
});

test("a new rhythm takes the place of the old one", () => {
  const before = every(DAY, 100);
  const after = every(7 * DAY, 10, (before.at(-1) ?? 0) + 7 * DAY);
  assert.equal(learned([...before, ...after])?.[0], 168);
});

test("without a rhythm a silence is worth telling when it is twice as long as any before, and nine gaps are known", () => {
  const gaps = [1, 5, 2, 9, 1, 14, 3, 6, 2, 11, 4];
  const arrivals = [0, ...gaps].map((_, at) => START + gaps.slice(0, at).reduce((sum, gap) => sum + gap, 0) * DAY);
  assert.deepEqual(learned(arrivals), [14 * 24, 14 * 24, "irregular", undefined]);
  assert.equal(learnRhythm(arrivals.slice(0, 6)), undefined);
});

test("a rhythm is found from any four weeks of it, in any order, however the hours vary and whatever one is missing", () => {
  const interval = fc.constantFrom(6 * HOUR, 12 * HOUR, DAY, 7 * DAY);
  fc.assert(
    fc.property(
      interval,
      fc.integer({ min: 0, max: 4e12 }),
      fc.nat({ max: 27 }),
      fc.infiniteStream(fc.integer({ min: -50, max: 50 })),
      (every_, startMs, missed, noise) => {
        const count = every_ === 7 * DAY ? 9 : Math.max(28, (28 * DAY) / every_);
        const arrivals = without(every(every_, count, startMs), missed % count).map(
          (atMs) => atMs + Math.round(((noise.next().value ?? 0) / 1000) * every_),
        );
        const rhythm = learnRhythm(arrivals.toReversed());
        assert.equal(rhythm?.intervalMs, every_);
        assert.equal(rhythm.restDays, undefined);
        assert.ok(rhythm.graceMs >= every_ / 6 && rhythm.graceMs <= every_);
      },
    ),
  );
});

test("whatever comes in, what is learned is a time that can be waited for", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1e12, max: 5e12 }), { maxLength: 60 }), (arrivals) => {
      const rhythm = learnRhythm(arrivals);
      if (rhythm === undefined) return;
      assert.ok(Number.isSafeInteger(rhythm.intervalMs) && rhythm.intervalMs > 0);
      assert.ok(Number.isSafeInteger(rhythm.graceMs) && rhythm.graceMs > 0);
      assert.ok(rhythm.restDays === undefined || (rhythm.restDays.weekdays.length > 0 && rhythm.restDays.weekdays.length < 6));
    }),
  );
});
