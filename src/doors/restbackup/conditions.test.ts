import assert from "node:assert/strict";
import type { IncomingHttpHeaders } from "node:http";
import { test } from "node:test";
import { select } from "./conditions.ts";

const TAG = '"0123456789abcdef0123456789abcdef"';
const OTHER = '"f123456789abcdef0123456789abcdef"';
const FILE = { entityTag: TAG, modifiedAtMs: Date.UTC(2026, 10, 21, 3, 0, 0), sizeBytes: 100 };
const AT = "Sat, 21 Nov 2026 03:00:00 GMT";
const BEFORE = "Sat, 21 Nov 2026 02:59:59 GMT";
const AFTER = "Sat, 21 Nov 2026 03:00:01 GMT";

const get = (headers: IncomingHttpHeaders, sizeBytes = 100) => select("GET", headers, { ...FILE, sizeBytes });

test("one range of bytes is answered with that part (spec 3.2)", () => {
  assert.deepEqual(get({ range: "bytes=0-0" }), { kind: "part", start: 0, end: 1 });
  assert.deepEqual(get({ range: "bytes=10-19" }), { kind: "part", start: 10, end: 20 });
  assert.deepEqual(get({ range: "bytes=10-" }), { kind: "part", start: 10, end: 100 });
  assert.deepEqual(get({ range: "bytes=99-99999999999999999999" }), { kind: "part", start: 99, end: 100 });
  assert.deepEqual(get({ range: "bytes=-30" }), { kind: "part", start: 70, end: 100 });
  assert.deepEqual(get({ range: "bytes=-300" }), { kind: "part", start: 0, end: 100 });
  assert.deepEqual(get({ range: "Bytes=0-99" }), { kind: "part", start: 0, end: 100 }, "units have no case (RFC 9110 section 14.1)");
});

test("a range of bytes that do not exist is unsatisfiable (spec 3.2)", () => {
  for (const range of ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999-"]) {
    assert.deepEqual(get({ range }), { kind: "unsatisfiable" }, range);
  }
  assert.deepEqual(get({ range: "bytes=0-" }, 0), { kind: "unsatisfiable" });
  assert.deepEqual(get({ range: "bytes=-1" }, 0), { kind: "unsatisfiable" });
});

test("several ranges, another unit and what cannot be read mean the whole (spec 3.2)", () => {
  for (const range of ["bytes=0-1,5-6", "items=0-1", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-2", "bytes=1", "0-1", "", "bytes=--1"]) {
    assert.deepEqual(get({ range }), { kind: "whole" }, range);
  }
  assert.deepEqual(get({}), { kind: "whole" }, "no Range, never 206");
  assert.deepEqual(select("HEAD", { range: "bytes=0-1" }, FILE), { kind: "whole" });
});

test("If-Range decides between the part and the whole (spec 3.2)", () => {
  const part = { kind: "part", start: 5, end: 100 };
  assert.deepEqual(get({ range: "bytes=5-", "if-range": TAG }), part);
  assert.deepEqual(get({ range: "bytes=5-", "if-range": AT }), part);
  for (const other of [OTHER, `W/${TAG}`, BEFORE, AFTER, "x", ""]) {
    assert.deepEqual(get({ range: "bytes=5-", "if-range": other }), { kind: "whole" }, other);
  }
  assert.deepEqual(get({ range: "bytes=100-", "if-range": OTHER }), { kind: "whole" }, "no 416 for another file's range");
});

test("a copy that is still right is answered with 304 (spec 3.2)", () => {
  for (const header of [TAG, `W/${TAG}`, `${OTHER}, ${TAG}`, "*"]) {
    assert.deepEqual(get({ "if-none-match": header }), { kind: "not_modified" }, header);
  }
  for (const header of [OTHER, "", TAG.slice(1)]) assert.deepEqual(get({ "if-none-match": header }), { kind: "whole" }, header);
  assert.deepEqual(get({ "if-modified-since": AT }), { kind: "not_modified" });
  assert.deepEqual(get({ "if-modified-since": AFTER }), { kind: "not_modified" });
  assert.deepEqual(get({ "if-modified-since": BEFORE }), { kind: "whole" });
  assert.deepEqual(get({ "if-modified-since": "yesterday" }), { kind: "whole" });
  assert.deepEqual(select("HEAD", { "if-none-match": TAG }, FILE), { kind: "not_modified" });
});

test("a condition that fails is answered with 412 (spec 3.2)", () => {
  for (const header of [OTHER, `W/${TAG}`, ""]) assert.deepEqual(get({ "if-match": header }), { kind: "failed" }, header);
  for (const header of [TAG, `${OTHER} , ${TAG}`, "*"]) assert.deepEqual(get({ "if-match": header }), { kind: "whole" }, header);
  assert.deepEqual(get({ "if-unmodified-since": BEFORE }), { kind: "failed" });
  assert.deepEqual(get({ "if-unmodified-since": AT }), { kind: "whole" });
});

test("tags count before dates, and 412 before 304 (RFC 9110 section 13.2.2)", () => {
  assert.deepEqual(get({ "if-none-match": OTHER, "if-modified-since": AFTER }), { kind: "whole" });
  assert.deepEqual(get({ "if-match": TAG, "if-unmodified-since": BEFORE }), { kind: "whole" });
  assert.deepEqual(get({ "if-match": OTHER, "if-none-match": TAG }), { kind: "failed" });
  assert.deepEqual(get({ "if-none-match": TAG, range: "bytes=0-1" }), { kind: "not_modified" });
});
