import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { digestDue, firstDigestDay, isZone } from "./digest-time.ts";

const HOUR = 3_600_000;
const at = (text: string) => Date.parse(text);

test("a digest is due from its hour on, once for a day, and late on the day on which the hub did not run", () => {
  const time = { hour: 7, zone: "Europe/Vienna" };
  const before = { due: false, nextAtMs: at("2026-11-22T06:00Z") };
  assert.deepEqual(digestDue(time, "2026-11-21", at("2026-11-22T05:59:59Z")), before);
  const due = { due: true, day: "2026-11-22", lastCredibleDay: "2026-11-23" };
  assert.deepEqual(digestDue(time, "2026-11-21", at("2026-11-22T06:00Z")), due);
  assert.deepEqual(digestDue(time, "2026-01-01", at("2026-11-22T22:59Z")), due, "days that are over get none");
  assert.deepEqual(digestDue(time, "2026-11-22", at("2026-11-22T06:00Z")), { due: false, nextAtMs: at("2026-11-23T06:00Z") });
  assert.deepEqual(digestDue(time, "2026-11-23", at("2026-11-22T06:00Z")), { due: false, nextAtMs: at("2026-11-24T06:00Z") });
  assert.deepEqual(digestDue(time, "2099-01-01", at("2026-11-22T06:00Z")), due, "the clock was wrong");
});

test("an hour that a clock change leaves out is the one after it, and of one that comes twice it is the first", () => {
  const time = { hour: 2, zone: "Europe/Vienna" };
  assert.deepEqual(digestDue(time, "2026-03-28", at("2026-03-28T23:30Z")), { due: false, nextAtMs: at("2026-03-29T01:00Z") });
  assert.equal(digestDue(time, "2026-03-28", at("2026-03-29T01:00Z")).due, true);
  assert.deepEqual(digestDue(time, "2026-10-24", at("2026-10-24T22:30Z")), { due: false, nextAtMs: at("2026-10-25T00:00Z") });
  assert.equal(digestDue(time, "2026-10-25", at("2026-10-25T01:00Z")).due, false, "the second two o'clock");
});

test("a channel that is set up behind its hour begins tomorrow", () => {
  const time = { hour: 7, zone: "UTC" };
  assert.equal(firstDigestDay(time, at("2026-11-22T06:59Z")), undefined);
  assert.equal(firstDigestDay(time, at("2026-11-22T07:00Z")), "2026-11-22");
});

test("whatever the zone, the hour and the restarts, each day that the hub ran has one digest, within that day", () => {
  const zones = fc.constantFrom(
    "UTC",
    "Europe/Vienna",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "America/St_Johns",
  );
  const steps = fc.array(fc.integer({ min: 1, max: 24 * HOUR }), { minLength: 1, maxLength: 60 });
  const start = fc.integer({ min: at("2007-01-01T00:00Z"), max: at("2030-01-01T00:00Z") });
  fc.assert(
    fc.property(zones, fc.integer({ min: 0, max: 23 }), start, steps, (zone, hour, startMs, pauses) => {
      const time = { hour, zone };
      const days: string[] = [];
      let lastDay: string | undefined;
      let nowMs = startMs;
      for (const pauseMs of pauses) {
        const due = digestDue(time, lastDay, nowMs);
        if (due.due) {
          const here = Temporal.Instant.fromEpochMilliseconds(nowMs).toZonedDateTimeISO(zone);
          assert.equal(due.day, here.toPlainDate().toString());
          days.push(due.day);
          lastDay = due.day;
        } else {
          assert.ok(due.nextAtMs > nowMs && due.nextAtMs <= nowMs + 50 * HOUR, "at most a day that the zone skips between");
          assert.equal(digestDue(time, lastDay, due.nextAtMs).due, true, "it is due when it says so");
          assert.equal(digestDue(time, lastDay, due.nextAtMs - 1).due, false);
        }
        nowMs += pauseMs;
      }
      assert.deepEqual(days, [...new Set(days)].sort());
    }),
  );
});

test("a zone has a name that the time zone database knows", () => {
  assert.deepEqual(["Europe/Vienna", "UTC", "Mars/Olympus", "+01:00", "", "../etc"].map(isZone), [true, true, false, false, false, false]);
});
