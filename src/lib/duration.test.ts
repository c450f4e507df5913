import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDuration, parseMoment } from "./duration.ts";

test("a duration is a whole number with a unit", () => {
  assert.equal(parseDuration("24h"), 86_400_000);
  assert.equal(parseDuration("90d"), 90 * 86_400_000);
  assert.equal(parseDuration("2w"), parseDuration("14d"));
  for (const text of ["", "0h", "24", "h", "-1h", "1.5h", "24 h", "24H", "9999999999d"]) assert.equal(parseDuration(text), undefined, text);
});

test("a moment is a day, a time with its zone, or a duration from now", () => {
  assert.equal(parseMoment("2027-01-01", 0), Date.UTC(2027, 0, 1));
  assert.equal(parseMoment("2027-01-01T12:00+02:00", 0), Date.UTC(2027, 0, 1, 10));
  assert.equal(parseMoment("1h", 1000), 3_601_000);
  for (const text of ["", "tomorrow", "2027-02-30", "2027-13-01", "2027-1-1", "2027-01-01T12:00", "2027-01-01T25:00Z"]) {
    assert.equal(parseMoment(text, 0), undefined, text);
  }
});
