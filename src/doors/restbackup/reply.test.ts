import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestGate } from "#gate/open-test-gate.ts";
import { NOT_FOUND } from "./errors.ts";
import { wrongOffset } from "./partial-uploads.ts";
import type { Refusal } from "./refusal.ts";
import { replyRefusal } from "./reply.ts";

async function ask(refusal: Refusal, { method = "GET", accept = "*/*" } = {}) {
  await using gate = await openTestGate((exchange) => replyRefusal(exchange, refusal, { homeHref: "/" }));
  const response = await fetch(gate.url, { method, headers: { accept } });
  return { status: response.status, reason: response.statusText, headers: response.headers, text: await response.text() };
}

test("a refusal is text for programs, with the standard reason and the request's id (spec 2.5, 2.6)", async () => {
  const { status, reason, headers, text } = await ask(NOT_FOUND);
  assert.deepEqual([status, reason, headers.get("content-type")], [404, "Not Found", "text/plain; charset=utf-8"]);
  assert.match(text, /^ERROR 404: Nothing is stored/);
  assert.equal(headers.get("x-requestid"), headers.get("x-request-id"));
});

test("a refusal is a page for a browser that reads, and nowhere else (spec 3.4, 9)", async () => {
  const page = await ask(NOT_FOUND, { accept: "text/html,*/*;q=0.8" });
  assert.match(page.text, /<h1>There is no such file<\/h1>/);
  assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'none'/);
  assert.match((await ask(NOT_FOUND, { accept: "text/html", method: "PUT" })).text, /^ERROR 404/);
});

test("a resumable upload's refusal is the problem that its draft names (spec 8.2)", async () => {
  const progress = { offsetBytes: 100, isComplete: false, totalBytes: undefined };
  const { status, headers, text } = await ask(wrongOffset(progress, 90), { method: "PATCH" });
  assert.deepEqual([status, headers.get("content-type"), headers.get("upload-offset")], [409, "application/problem+json", "100"]);
  assert.equal(JSON.parse(text)["expected-offset"], 100);
});
