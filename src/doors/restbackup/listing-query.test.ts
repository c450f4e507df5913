import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseView, cursorText, type ListingView, parseListingQuery, wantsPage } from "./listing-query.ts";

const EVERYTHING = { prefix: "", search: "", after: undefined, limit: undefined, sinceMs: undefined, allKeys: false };
const CHROMIUM = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

function view(accept: string | undefined, { userAgent = "curl/7.88.1", query = "" } = {}): ListingView {
  const parsed = parseListingQuery(query);
  assert.ok(!("status" in parsed));
  return chooseView({ ...(accept === undefined ? {} : { accept }), "user-agent": userAgent }, parsed);
}

test("programs get JSON, browsers the page, and who names plain text gets lines (spec 3.4)", () => {
  for (const accept of [
    undefined,
    "*/*",
    "application/json",
    "application/json, text/html",
    "image/png",
    "",
    "application/*",
    "text/html;q=0",
  ]) {
    assert.equal(view(accept), "three-keys", String(accept));
  }
  for (const accept of [
    CHROMIUM,
    "text/html",
    "application/xhtml+xml",
    "application/json;q=0.5, text/html;q=0.6",
    "text/html, */*;q=0.1",
  ]) {
    assert.equal(view(accept), "page", accept);
  }
  for (const accept of ["text/plain", "text/plain, text/html;q=0.5, */*;q=0.1", "TEXT/PLAIN;q=0.3"])
    assert.equal(view(accept), "lines", accept);
  assert.equal(view("text/*"), "page", "html is named by it, plain text is not");
  assert.equal(view("text/plain;q=0.5, application/json"), "three-keys");
  assert.equal(view("text/plain, application/json"), "three-keys", "a tie");
});

test("the dialect follows the client (spec 3.3)", () => {
  for (const userAgent of [
    "restbackup-java/1.0 Oracle/17 Linux/6.1-amd64",
    "restbackup-cli/1.0 restbackup-python/1.0 Python/2.6",
    "restbackup-python/1.3 Python/2.7.18 linux2",
    "restbackup-python/1.3",
  ]) {
    assert.equal(view("application/json", { userAgent }), "five-keys", userAgent);
  }
  for (const userAgent of ["restbackup-cli/1.1 restbackup-python/1.4 Python/2.7.18 linux2", "restbackup-python/1.30", "curl/8", ""]) {
    assert.equal(view("application/json", { userAgent }), "three-keys", userAgent);
  }
  assert.equal(view("application/json", { query: "fields=all" }), "all-keys");
  assert.equal(view(undefined, { userAgent: "restbackup-java/1.0", query: "fields=all" }), "all-keys");
});

test("a listing without a query is complete (spec 3.4)", () => {
  assert.deepEqual(parseListingQuery(undefined), EVERYTHING);
  assert.deepEqual(parseListingQuery(""), EVERYTHING);
  assert.deepEqual(parseListingQuery("utm=1&prefix=&after=&limit=&since="), EVERYTHING);
});

test("prefix, search, after, limit and since narrow a listing (spec 3.4)", () => {
  assert.deepEqual(parseListingQuery("prefix=%2Fdb%2F&search=+J%C3%BCrgen+&after=1274439603-42&limit=10&since=1274439603&fields=all"), {
    prefix: "/db/",
    search: "Jürgen",
    after: { createdAtMs: 1274439603_000, id: 42 },
    limit: 10,
    sinceMs: 1274439603_000,
    allKeys: true,
  });
  assert.equal(cursorText({ createdAtMs: 1274439603_000, id: 42 }), "1274439603-42");
});

test("a query that means nothing is refused (spec 3.4)", () => {
  for (const query of [
    "limit=0",
    "limit=-1",
    "limit=x",
    "since=yesterday",
    "after=x",
    "after=1-",
    "prefix=%00",
    "search=a%0Ab",
    `search=${"x".repeat(1025)}`,
  ]) {
    const parsed = parseListingQuery(query);
    assert.equal("status" in parsed && parsed.status, 400, query);
  }
});

test("a refusal is a page for browsers alone", () => {
  assert.equal(wantsPage({ accept: CHROMIUM }), true);
  for (const accept of ["*/*", "application/json", "text/plain, text/html"]) assert.equal(wantsPage({ accept }), false, accept);
  assert.equal(wantsPage({}), false);
});
