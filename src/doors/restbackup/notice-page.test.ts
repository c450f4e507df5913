import assert from "node:assert/strict";
import { test } from "node:test";
import { NOT_FOUND, refusalText } from "./errors.ts";
import { endedSession, endedSessionPage, refusalPage } from "./notice-page.ts";

const ENDED = { endedAtMs: Date.UTC(2026, 10, 22, 8, 12), why: "expired" } as const;
const URL = "https://backup.example/";
const COMMAND = 'curl -u USER -i -X POST -H "X-HTTP-Method-Override: MAKESESSION" https://backup.example/';

test("a link that has ended says when, and how to make a new one, to people and to programs (spec 4)", () => {
  const page = endedSessionPage(ENDED, URL).text;
  assert.match(page, /This link has ended<\/h1>/);
  assert.match(page, /Its time was over at <time[^>]*>2026-11-22 08:12 UTC<\/time>/);
  assert.ok(page.includes(COMMAND.replaceAll('"', "&quot;")));
  assert.match(endedSessionPage({ ...ENDED, why: "revoked" }, URL).text, /ended before its time/);
  assert.equal(
    refusalText(endedSession(ENDED, URL)),
    `ERROR 410: This link has ended at 2026-11-22 08:12 UTC. Whoever has the account can make a new one:\n${COMMAND}\n`,
  );
});

test("a refusal is told to people in a page that leads back", () => {
  const page = refusalPage(NOT_FOUND, "/").text;
  assert.match(page, /<h1>There is no such file<\/h1>/);
  assert.match(page, /<a href="\/">Show all files<\/a>/);
  assert.doesNotMatch(refusalPage(NOT_FOUND, undefined).text, /Show all files/);
});

test("what a refusal quotes is text in its page (spec 9, A19)", () => {
  const page = refusalPage({ status: 418, sentence: "<b>", details: ["<i>"] }, undefined).text;
  assert.match(page, /&lt;b&gt;.*&lt;i&gt;/s);
  assert.doesNotMatch(page, /<[bi]>/);
});
