import assert from "node:assert/strict";
import { test } from "node:test";
import { counted, dayAndTime, relativeTime, sizeTag } from "./page-words.ts";

const NOW = Date.UTC(2026, 10, 22, 9, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test("times are said in the words of people, and never made longer than they are", () => {
  const said = (distanceMs: number) => relativeTime(NOW + distanceMs, NOW);
  assert.equal(said(0), "just now");
  assert.equal(said(-59_999), "just now");
  assert.equal(said(30_000), "in less than a minute");
  assert.equal(said(-MINUTE), "1 minute ago");
  assert.equal(said(-9.9 * HOUR), "9 hours ago");
  assert.equal(said(-3 * DAY), "3 days ago");
  assert.equal(said(2 * DAY - 1), "in 1 day");
  assert.equal(said(45 * DAY), "in 45 days");
  assert.equal(said(60 * DAY), "in 2 months");
  assert.equal(said(365 * DAY), "in 12 months");
  assert.equal(said(800 * DAY), "in 2 years");
});

test("sizes and counts are said for people, the exact one behind them", () => {
  assert.equal(sizeTag(1_396_265_991).text, '<span title="1,396,265,991 bytes">1.3 GiB</span>');
  assert.equal(counted(1, "file"), "1 file");
  assert.equal(counted(0, "file"), "0 files");
  assert.equal(counted(1234, "file"), "1,234 files");
  assert.equal(dayAndTime(NOW + 59_999), "2026-11-22 09:12");
});
