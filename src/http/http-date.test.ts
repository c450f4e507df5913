import assert from "node:assert/strict";
import { test } from "node:test";
import { httpDate, parseHttpDate } from "./http-date.ts";

test("all three forms of an HTTP date are read, and one is written", () => {
  const ms = Date.UTC(1994, 10, 6, 8, 49, 37);
  assert.equal(parseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"), ms);
  assert.equal(parseHttpDate("Sunday, 06-Nov-94 08:49:37 GMT"), ms);
  assert.equal(parseHttpDate("Sun Nov  6 08:49:37 1994"), ms);
  assert.equal(parseHttpDate("Sunday, 06-Nov-26 08:49:37 GMT"), Date.UTC(2026, 10, 6, 8, 49, 37));
  assert.equal(httpDate(ms + 999), "Sun, 06 Nov 1994 08:49:37 GMT");
});

test("what is no HTTP date is none", () => {
  const wrong = ["", "0", "2026", "2026-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Foo 1994 08:49:37 GMT"];
  for (const text of [...wrong, "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT"])
    assert.equal(parseHttpDate(text), undefined, text);
  assert.equal(parseHttpDate(undefined), undefined);
});
