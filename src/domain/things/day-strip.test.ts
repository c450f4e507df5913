import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type DayState, daySentence, dayStrip, type StripFacts } from "./day-strip.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A Sunday noon. */
const NOW = Date.UTC(2026, 10, 22, 12);
const DAILY = { intervalMs: DAY, graceMs: 4 * HOUR, from: "set" } as const;

/** At three in the morning UTC, so many days before today. */
const ago = (...days: readonly number[]) => days.map((each) => NOW - 9 * HOUR - each * DAY);
const range = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, at) => from - at);

function facts(more: Partial<StripFacts> = {}): StripFacts {
  return {
    arrivedAtMs: ago(...range(29, 0)),
    failedAtMs: [],
    expectedSinceMs: NOW - 100 * DAY,
    rhythm: DAILY,
    running: false,
    pauses: [],
    unprovenSinceMs: undefined,
    ...more,
  };
}

const SIGNS: Readonly<Record<DayState, string>> = { running: "R", failed: "F", late: "L", unproven: "U", good: "G", quiet: "q", none: "." };

/** The last days, one letter each. */
function strip(more: Partial<StripFacts> = {}, days = 8, nowMs = NOW, timeZone = "UTC"): string {
  return dayStrip(facts(more), { nowMs, timeZone })
    .map(({ state }) => SIGNS[state])
    .join("")
    .slice(-days);
}

test("thirty days are told, today last", () => {
  const cells = dayStrip(facts(), { nowMs: NOW, timeZone: "UTC" });
  assert.equal(cells.length, 30);
  assert.deepEqual(cells.at(-1), {
    day: "2026-11-22",
    startsAtMs: NOW - 12 * HOUR,
    endsAtMs: NOW + 12 * HOUR,
    state: "good",
    arrived: 1,
    failed: 0,
  });
  assert.deepEqual([cells[0]?.day, strip({}, 30)], ["2026-10-24", "G".repeat(30)]);
});

test("days on which nothing came although it was due are late, until one comes", () => {
  assert.equal(strip({ arrivedAtMs: ago(7, 6, 5, 1, 0) }), "GGGLLLGG");
  assert.equal(strip({ arrivedAtMs: ago(7, 6, 5, 4, 3, 2, 1) }), "GGGGGGGL");
  // Not before its grace is over.
  assert.equal(strip({ arrivedAtMs: ago(7, 6, 5, 4, 3, 2, 1) }, 8, NOW - 5 * HOUR - 1), "GGGGGGGq");
  assert.equal(strip({ arrivedAtMs: ago(7, 6, 5, 4, 3, 2, 1) }, 8, NOW - 5 * HOUR), "GGGGGGGL");
  assert.equal(strip({ arrivedAtMs: ago(7, 0), rhythm: { ...DAILY, intervalMs: 7 * DAY } }), "GqqqqqqG");
  assert.equal(strip({ arrivedAtMs: ago(7), rhythm: undefined }), "Gqqqqqqq");
});

test("on days of rest nothing is due", () => {
  const rhythm = { ...DAILY, restDays: { weekdays: [0, 6], dayBeginsMs: -9 * HOUR } };
  assert.equal(strip({ rhythm, arrivedAtMs: ago(9, 6, 5, 4, 3, 2) }, 10), "GqqGGGGGqq");
});

test("a day with a failure is failed, whatever came too, and a running backup shows today alone", () => {
  const failedAtMs = ago(3, 3, 1).map((atMs) => atMs + HOUR);
  assert.equal(strip({ failedAtMs, running: true, arrivedAtMs: ago(...range(29, 2)) }), "GGGGFGFR");
  const cell = dayStrip(facts({ failedAtMs }), { nowMs: NOW, timeZone: "UTC" }).at(-4);
  assert.deepEqual([cell?.arrived, cell?.failed], [1, 2]);
});

test("days before the first backup and days of a pause are not judged", () => {
  assert.equal(strip({ arrivedAtMs: ago(2), expectedSinceMs: NOW - 3 * DAY }), "....qGLL");
  assert.equal(strip({ arrivedAtMs: [], expectedSinceMs: NOW - 3 * DAY }), "....qLLL");
  assert.equal(strip({ arrivedAtMs: ago(7, 6), pauses: [{ fromMs: NOW - 5 * DAY, untilMs: NOW - 3 * DAY }] }), "GG...LLL");
});

test("from the day its proof is too old a thing is unproven, but for what is worse", () => {
  assert.equal(strip({ unprovenSinceMs: NOW - 3 * DAY, arrivedAtMs: ago(7, 6, 5, 4, 3, 2) }), "GGGGUULL");
  assert.equal(strip({ unprovenSinceMs: NOW - 2 * DAY, arrivedAtMs: ago(7), rhythm: undefined }), "GqqqqUUU");
});

test("days are those of the time zone, also when the clocks change", () => {
  const nowMs = Date.UTC(2026, 9, 27, 23, 30);
  const berlin = dayStrip(facts({ arrivedAtMs: [Date.UTC(2026, 9, 24, 22, 30)] }), { nowMs, timeZone: "Europe/Berlin" });
  assert.equal(berlin.at(-1)?.day, "2026-10-28");
  const changed = berlin.find(({ day }) => day === "2026-10-25");
  assert.deepEqual([changed?.arrived, ((changed?.endsAtMs ?? 0) - (changed?.startsAtMs ?? 0)) / HOUR], [1, 25]);
});

test("what lies in the future is left out", () => {
  assert.equal(strip({ arrivedAtMs: [...ago(7), NOW + HOUR], rhythm: undefined }), "Gqqqqqqq");
});

test("each day is a sentence", () => {
  const cell = { day: "2026-11-22", startsAtMs: 0, endsAtMs: 1, arrived: 0, failed: 0 };
  const sentences: readonly [DayState, arrived: number, failed: number, sentence: string][] = [
    ["good", 1, 0, "1 backup came."],
    ["good", 2, 0, "2 backups came."],
    ["failed", 1, 1, "1 backup came, and 1 upload failed."],
    ["failed", 0, 2, "Nothing good came, and 2 uploads failed."],
    ["late", 0, 0, "Nothing came, although a backup was due."],
    ["running", 0, 0, "A backup is coming right now."],
    ["unproven", 2, 0, "2 backups came, but nobody had read the bytes again for too long."],
    ["quiet", 0, 0, "Nothing came, and nothing was due."],
    ["none", 0, 0, "Nothing was expected."],
  ];
  for (const [state, arrived, failed, sentence] of sentences) assert.equal(daySentence({ ...cell, state, arrived, failed }), sentence);
});

test("cells follow one another without a gap, whatever the zone, and each arrival of their time is in one of them", () => {
  const zone = fc.constantFrom("UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Africa/Cairo", "Asia/Kathmandu");
  const ms = fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2040, 0) });
  fc.assert(
    fc.property(zone, ms, fc.array(fc.nat({ max: 40 * 24 }), { maxLength: 20 }), (timeZone, nowMs, hours) => {
      const arrivedAtMs = hours.map((each) => nowMs - each * HOUR);
      const cells = dayStrip(facts({ arrivedAtMs }), { nowMs, timeZone });
      for (const [at, cell] of cells.entries()) if (at > 0) assert.equal(cell.startsAtMs, cells[at - 1]?.endsAtMs);
      const [first, last] = [cells[0]?.startsAtMs ?? 0, cells.at(-1)?.endsAtMs ?? 0];
      assert.ok(nowMs >= (cells.at(-1)?.startsAtMs ?? 0) && nowMs < last);
      assert.equal(
        cells.reduce((sum, { arrived }) => sum + arrived, 0),
        arrivedAtMs.filter((atMs) => atMs >= first).length,
      );
    }),
  );
});
