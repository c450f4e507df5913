import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { THING_STATES, type ThingState } from "#model/thing.ts";
import { type HubCondition, type JudgedThing, judge } from "./verdict.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A Monday noon in Berlin. */
const NOW = { nowMs: Date.UTC(2026, 10, 23, 11), timeZone: "Europe/Berlin" };
const FINE: HubCondition = { damaged: [], diskFullAtMs: undefined, alarms: [] };
const GUARD = [{ subject: "hub", summary: "A guard has stopped a sweep." }];

function thing(state: ThingState, more: Partial<JudgedThing> = {}): JudgedThing {
  const { nowMs } = NOW;
  return {
    subject: "thing 1",
    name: "laptop",
    state,
    dueAtMs: nowMs - 2 * DAY,
    lastGoodAtMs: nowMs - 3 * DAY,
    provenAtMs: nowMs - 40 * DAY,
    watched: true,
    ...more,
  };
}

const safe = (count: number) => Array.from({ length: count }, (_, at) => thing("safe", { name: `safe ${at}` }));

function told(things: readonly JudgedThing[], hub: Partial<HubCondition> = {}) {
  const { tone, sentence } = judge(things, { ...FINE, ...hub }, NOW);
  return [tone, sentence];
}

test("the verdict is one sentence about the worst that is true", () => {
  const full = NOW.nowMs + 3 * DAY;
  const cases: readonly [things: readonly JudgedThing[], hub: Partial<HubCondition>, tone: string, sentence: string][] = [
    [[], {}, "idle", "Nothing is protected yet."],
    [[thing("new")], {}, "idle", "Nothing is protected yet."],
    [[thing("new"), thing("new"), thing("paused")], {}, "idle", "Nothing is protected yet."],
    [safe(12), {}, "safe", "All 12 things are safe."],
    [[thing("safe")], {}, "safe", '"laptop" is safe.'],
    [[...safe(2), thing("paused")], {}, "safe", "All 2 things are safe; 1 thing is paused."],
    [[thing("paused")], {}, "idle", '"laptop" is paused.'],
    [[thing("paused"), thing("paused")], {}, "idle", "All 2 things are paused."],
    [[...safe(11), thing("late")], {}, "failing", '11 of 12 things are safe; "laptop" is 2 days late.'],
    [[...safe(1), thing("late", { dueAtMs: NOW.nowMs - HOUR })], {}, "failing", '1 of 2 things is safe; "laptop" is 1 hour late.'],
    [[thing("late", { dueAtMs: NOW.nowMs - 1 })], {}, "failing", '"laptop" is less than an hour late.'],
    [
      [...safe(1), thing("late"), thing("late", { name: "nas", dueAtMs: NOW.nowMs - 9 * DAY })],
      {},
      "failing",
      '1 of 3 things is safe; 2 things are late, "nas" by 9 days.',
    ],
    [[...safe(11), thing("failing")], {}, "failing", '11 of 12 things are safe; "laptop" is failing.'],
    [
      [thing("failing"), thing("failing", { name: "nas", lastGoodAtMs: undefined })],
      {},
      "failing",
      '2 things are failing, "nas" for the longest time.',
    ],
    [[...safe(11), thing("new")], {}, "idle", '11 of 12 things are safe; "laptop" has not sent anything yet.'],
    [[...safe(1), thing("new"), thing("new")], {}, "idle", "1 of 3 things is safe; 2 things have not sent anything yet."],
    [[...safe(11), thing("unproven")], {}, "attention", '11 of 12 things are safe; "laptop" has not been proven for 40 days.'],
    [[thing("unproven"), thing("unproven")], {}, "attention", "Everything arrives, but nothing has been proven for 40 days."],
    [[thing("unproven", { provenAtMs: undefined })], {}, "attention", '"laptop" has never been proven.'],
    [
      safe(2),
      { damaged: [{ subject: "thing 7", name: "photos", mending: true }] },
      "failing",
      'A copy of "photos" is damaged and is being brought back.',
    ],
    [
      safe(2),
      {
        damaged: [
          { subject: "thing 8", name: "a", mending: true },
          { subject: "thing 9", name: "b", mending: false },
        ],
      },
      "failing",
      'A copy of "b" is damaged, and 1 other copy is damaged too.',
    ],
    [safe(2), { diskFullAtMs: full }, "attention", "The disk is full on Thursday at this rate."],
    [safe(2), { alarms: GUARD, diskFullAtMs: full }, "attention", "A guard has stopped a sweep."],
    [[thing("late")], { alarms: GUARD }, "failing", '"laptop" is 2 days late.'],
    [safe(2), { diskFullAtMs: NOW.nowMs + 10 * DAY }, "attention", "The disk is full on 3 December at this rate."],
    [safe(2), { diskFullAtMs: NOW.nowMs + 12 * HOUR }, "attention", "The disk is full tomorrow at this rate."],
    [safe(2), { diskFullAtMs: NOW.nowMs + HOUR }, "attention", "The disk is full today at this rate."],
    [safe(2), { diskFullAtMs: NOW.nowMs + 14 * DAY }, "safe", "All 2 things are safe."],
    [[thing("late")], { diskFullAtMs: NOW.nowMs }, "failing", "The disk is full: nothing more can be stored."],
    [[thing("late")], { diskFullAtMs: full }, "failing", '"laptop" is 2 days late.'],
  ];
  for (const [things, hub, tone, sentence] of cases) assert.deepEqual(told(things, hub), [tone, sentence]);
});

test("at most three reasons are told, the worst first, each with its code", () => {
  const things = [...safe(1), thing("new"), thing("unproven"), thing("late"), thing("failing")];
  const { reasons } = judge(things, { ...FINE, diskFullAtMs: NOW.nowMs + DAY }, NOW);
  assert.deepEqual(reasons, [
    { code: "failing", sentence: '"laptop" is failing.', subject: "thing 1" },
    { code: "late", sentence: '"laptop" is 2 days late.', subject: "thing 1" },
    { code: "disk_filling", sentence: "The disk is full tomorrow at this rate.", subject: undefined },
  ]);
});

test("things of which nobody knows when they are late are named, though they are safe", () => {
  const verdict = judge([...safe(1), thing("safe", { watched: false })], FINE, NOW);
  assert.deepEqual(
    [verdict.tone, verdict.sentence, verdict.reasons.map(({ code }) => code)],
    ["safe", "All 2 things are safe.", ["unwatched"]],
  );
  assert.match(verdict.reasons[0]?.sentence ?? "", /^Nobody can say yet when the next backup of "laptop" is due/);
});

test("names from outside cannot end their quotes, steer a terminal or fill the page", () => {
  const [, sentence] = told([thing("failing", { name: `x" is safe.\u202e\n${"y".repeat(500)}` })]);
  assert.match(sentence ?? "", /^"x\\" is safe\.\\u202e\\u000ay{1,80}…" is failing\.$/);
});

const anyThing = fc.record<JudgedThing>({
  subject: fc.constant("thing 1"),
  name: fc.constantFrom("laptop", "nas", "/db-{date}.sql"),
  state: fc.constantFrom(...THING_STATES),
  dueAtMs: fc.option(fc.integer({ min: 0, max: 4e12 }), { nil: undefined }),
  lastGoodAtMs: fc.option(fc.integer({ min: 0, max: 4e12 }), { nil: undefined }),
  provenAtMs: fc.option(fc.integer({ min: 0, max: 4e12 }), { nil: undefined }),
  watched: fc.boolean(),
});

test("green is earned: every thing that is not paused is safe, there is one, and nothing else is wrong", () => {
  fc.assert(
    fc.property(
      fc.array(anyThing, { maxLength: 8 }),
      fc.constantFrom<HubCondition>(
        FINE,
        { ...FINE, diskFullAtMs: 0 },
        { ...FINE, damaged: [{ subject: "thing 8", name: "a", mending: true }] },
      ),
      (things, hub) => {
        const { tone, sentence, reasons, counts } = judge(things, hub, NOW);
        const wanted = things.filter(({ state }) => state !== "paused");
        const earned = hub === FINE && wanted.length > 0 && wanted.every(({ state }) => state === "safe");
        assert.equal(tone === "safe", earned);
        assert.match(sentence, /^["A-Z0-9].*[.]$/s);
        assert.ok(reasons.length <= 3);
        assert.equal(
          Object.values(counts).reduce((sum, each) => sum + each, 0),
          things.length,
        );
        assert.doesNotMatch(sentence, /undefined|NaN|-\d| 1 things|\b1 (?:days|hours|others)/);
      },
    ),
    { numRuns: 500 },
  );
});
