import assert from "node:assert/strict";
import { test } from "node:test";
import { findPastMoment, readMoment } from "./read-moment.ts";

const DAY_MS = 86_400_000;

test("a moment to come is a span from now, a UTC day, or a time with its zone", () => {
  assert.equal(readMoment("--expires", "12h", 1000), 1000 + 12 * 3_600_000);
  assert.equal(readMoment("--expires", "2w", 0), 14 * DAY_MS);
  assert.equal(readMoment("--expires", "2027-01-31", 0), Date.UTC(2027, 0, 31));
  assert.equal(readMoment("--expires", "2027-01-31T12:00+02:00", 0), Date.UTC(2027, 0, 31, 10));
  for (const text of ["", "0d", "12", "1y", "2027-13-01", "2027-02-30", "2027-01-31T12:00", "tomorrow", "-5d"]) {
    assert.throws(() => readMoment("--expires", text, 0), { code: "invalid_input" }, text);
  }
});

test("a moment that has been is a span back from now, a day, or a time in UTC unless it says otherwise", () => {
  const now = Date.UTC(2026, 10, 21);
  assert.equal(findPastMoment("2d", now), now - 2 * DAY_MS);
  assert.equal(findPastMoment("90m", now), now - 90 * 60_000);
  assert.equal(findPastMoment("2026-11-20", now), now - DAY_MS);
  assert.equal(findPastMoment("2026-11-20T12:00", now), now - DAY_MS / 2);
  assert.equal(findPastMoment("2026-11-20T12:00+02:00", now), now - DAY_MS / 2 - 2 * 3_600_000);
  for (const text of ["", "yesterday", "2026-02-30", "2", "d"]) assert.equal(findPastMoment(text, now), undefined, text);
});
