import assert from "node:assert/strict";
import { test } from "node:test";
import {
  checkExpect,
  checkFraming,
  checkLengthKnown,
  checkSize,
  checkWhole,
  declaredBytes,
  parseRetainDays,
  wantsNoneThere,
} from "./upload-checks.ts";

const FIVE_GIB = 5_368_709_120;

test("a body has one length and one framing (spec 2.1 row 1)", () => {
  assert.equal(checkFraming({}), undefined);
  assert.equal(checkFraming({ "content-length": "0" }), undefined);
  assert.equal(checkFraming({ "transfer-encoding": "chunked" }), undefined);
  assert.equal(checkFraming({ "content-length": "5", "transfer-encoding": "chunked" })?.status, 400);
  for (const length of ["5, 5", "-1", "+5", "0x5", "", "5.0"])
    assert.equal(checkFraming({ "content-length": length })?.status, 400, length);
});

test("a tail is never stored as the file (spec 2.1 row 4, trap T9)", () => {
  assert.equal(checkWhole({}, undefined), undefined);
  assert.equal(checkWhole({ "content-range": "bytes 5-11/12" }, undefined)?.status, 400);
  assert.equal(checkWhole({}, "x=1")?.status, 400);
  assert.equal(checkWhole({}, "")?.status, 400);
});

test("without a length there is 411, unless the account may send without (spec 2.1 row 5, 2.3)", () => {
  const strict = { mayBeUnknown: false };
  const chunked = { "transfer-encoding": "chunked" };
  assert.equal(checkLengthKnown({ "content-length": "0" }, strict), undefined);
  assert.equal(checkLengthKnown({}, strict)?.status, 411);
  assert.equal(checkLengthKnown(chunked, strict)?.status, 411);
  assert.match(checkLengthKnown(chunked, strict)?.sentence ?? "", /resumable/);
  assert.equal(checkLengthKnown(chunked, { mayBeUnknown: true }), undefined);
  assert.equal(checkLengthKnown({}, { mayBeUnknown: true })?.status, 411, "no body at all is still no upload");
});

test("exactly the limit is allowed and one more byte is not (spec 2.1 row 6)", () => {
  assert.equal(checkSize({ "content-length": `${FIVE_GIB}` }, FIVE_GIB), undefined);
  assert.equal(checkSize({ "content-length": `${FIVE_GIB + 1}` }, FIVE_GIB)?.status, 413);
  assert.equal(checkSize({ "content-length": "9".repeat(19) }, FIVE_GIB)?.status, 413);
  assert.equal(checkSize({ "transfer-encoding": "chunked" }, FIVE_GIB), undefined);
  assert.equal(declaredBytes({ "content-length": "12" }), 12);
  assert.equal(declaredBytes({ "transfer-encoding": "chunked" }), undefined);
});

test("100-continue is the only expectation (spec 2.1 row 9)", () => {
  assert.equal(checkExpect({}), undefined);
  assert.equal(checkExpect({ expect: "100-Continue" }), undefined);
  assert.equal(checkExpect({ expect: "100-continue, x" })?.status, 417);
  assert.equal(checkExpect({ expect: "" })?.status, 417);
});

test("If-None-Match: * asks for 412 where the name is taken (spec 2.1 row 7)", () => {
  assert.equal(wantsNoneThere({ "if-none-match": " * " }), true);
  assert.equal(wantsNoneThere({ "if-none-match": '"*"' }), false);
  assert.equal(wantsNoneThere({}), false);
});

test("a lifetime is a whole number of days (spec 8.1 row 13)", () => {
  assert.equal(parseRetainDays({}), undefined);
  assert.equal(parseRetainDays({ "x-hub-retain-days": "365" }), 365);
  for (const days of ["0", "-1", "1.5", "1e3", "", " 7", "9999999", ["7", "8"]]) {
    assert.ok(typeof parseRetainDays({ "x-hub-retain-days": days }) === "object", String(days));
  }
});
