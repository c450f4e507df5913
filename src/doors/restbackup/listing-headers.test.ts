import assert from "node:assert/strict";
import { test } from "node:test";
import { listingHeaders } from "./listing-headers.ts";

test("a listing in any form says what it is, what it depends on, and that nobody may keep it (spec 3.3, 3.4)", () => {
  const types = {
    "three-keys": "application/json; charset=utf-8",
    "five-keys": "application/json; charset=utf-8",
    "all-keys": "application/json; charset=utf-8",
    lines: "text/plain; charset=utf-8",
    page: "text/html; charset=utf-8",
  } as const;
  for (const [view, type] of Object.entries(types)) {
    const headers = listingHeaders(view as keyof typeof types); // Object.entries forgets the key type
    const value = (name: string) => headers[headers.indexOf(name) + 1];
    assert.equal(value("Content-Type"), type);
    assert.equal(value("Vary"), "Accept, Authorization, User-Agent", view);
    assert.equal(value("Cache-Control"), "private, no-store", view);
    assert.equal(value("Referrer-Policy"), "no-referrer", view);
  }
});
