import assert from "node:assert/strict";
import { test } from "node:test";
import { HUB_ERROR_CODES, HubError } from "#model/hub-error.ts";
import { methodNotAllowed, NOT_FOUND, nameTaken, READ_METHODS, RESERVED, refusalOf, refusalText, tooManyTries } from "./errors.ts";

const REALM = { realm: "backup" };
const STORED = { sizeBytes: 396265, createdAtMs: 1274439603_000, sha256: "ab".repeat(32) };

test("every refusal of the hub has the status that the clients understand (spec 2.6)", () => {
  const expected: Record<string, number> = {
    ...{ unauthenticated: 401, forbidden: 403, not_found: 404, already_exists: 405, append_only: 405, hash_mismatch: 400 },
    ...{ quota_exceeded: 507, storage_full: 507, too_large: 413, invalid_input: 400, incomplete: 408, range_unsatisfiable: 416 },
    ...{ damaged: 500, changed: 500, overloaded: 503, unavailable: 503 },
  };
  for (const code of HUB_ERROR_CODES) assert.equal(refusalOf(new HubError(code, "No"), REALM).status, expected[code], code);
});

test("a refusal says what a client needs to go on (spec 1.2, 2.6, 3.2)", () => {
  const headersOf = (error: HubError, realm = "backup") => refusalOf(error, { realm }).headers;
  assert.deepEqual(headersOf(new HubError("unauthenticated", "No")), ["WWW-Authenticate", 'Basic realm="backup", charset="UTF-8"']);
  assert.deepEqual(headersOf(new HubError("unauthenticated", "No"), 'a"b\r\nc'), [
    "WWW-Authenticate",
    'Basic realm="a_b__c", charset="UTF-8"',
  ]);
  assert.deepEqual(headersOf(new HubError("already_exists", "No")), ["Allow", "GET, HEAD"]);
  assert.deepEqual(headersOf(new HubError("unavailable", "No")), ["Retry-After", 60]);
  assert.deepEqual(headersOf(new HubError("range_unsatisfiable", "No", { sizeBytes: 5 })), ["Content-Range", "bytes */5"]);
  assert.deepEqual(tooManyTries(600).headers, ["Retry-After", 600]);
});

test("the body's first line says ERROR, the code and what to do (spec 2.5)", () => {
  assert.equal(refusalText(refusalOf(new HubError("quota_exceeded", "The quota is full"), REALM)), "ERROR 507: The quota is full\n");
  assert.match(refusalText(NOT_FOUND), /^ERROR 404: .+\n$/);
  assert.match(refusalText(RESERVED), /^ERROR 403: .+\n$/);
});

test("a 405 lets a lost 201 be told from a clash (spec 2.5)", () => {
  const refusal = nameTaken("/data.20100521.tar.gz", STORED, { ifNoneMatch: false });
  assert.equal(refusal.status, 405);
  assert.deepEqual(refusal.headers, ["Allow", READ_METHODS]);
  const lines = refusalText(refusal).split("\n");
  assert.match(lines[0] ?? "", /^ERROR 405: \/data\.20100521\.tar\.gz is stored already/);
  assert.deepEqual(lines.slice(1), ["Stored: 396265 bytes at 2010-05-21T11:00:03Z", `SHA-256: ${STORED.sha256}`, ""]);
  assert.doesNotMatch(refusalText(nameTaken("/a", undefined, { ifNoneMatch: false })), /SHA|bytes/, "put-only credentials learn nothing");
  assert.equal(nameTaken("/a", STORED, { ifNoneMatch: true }).status, 412);
});

test("a name cannot steer the terminal that shows its refusal (spec 9, A19)", () => {
  assert.match(
    refusalText(nameTaken("/a\u202egpj.exe\u2028", undefined, { ifNoneMatch: false })),
    /^ERROR 405: \/a\\u202egpj\.exe\\u2028 is/,
  );
});

test("what nobody may do is a 405 that says so (spec 3.5)", () => {
  const refusal = methodNotAllowed("DELETE", READ_METHODS);
  assert.deepEqual([refusal.status, refusal.headers], [405, ["Allow", "GET, HEAD"]]);
  assert.match(refusal.sentence, /time is over/);
  assert.match(methodNotAllowed("PROPFIND", READ_METHODS).sentence, /GET, HEAD/);
});
