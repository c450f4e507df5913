import assert from "node:assert/strict";
import type { IncomingHttpHeaders } from "node:http";
import { test } from "node:test";
import { parseSessionRequest, sessionHeaders } from "./session-request.ts";

const MAKE = { "x-http-method-override": "MAKESESSION" };

function read(headers: IncomingHttpHeaders): unknown {
  const wish = parseSessionRequest(headers);
  return "status" in wish ? wish.status : wish;
}

test("the header makes a session, in any case of its value (spec 4)", () => {
  for (const value of ["MAKESESSION", "makesession", " MakeSession "]) {
    assert.deepEqual(read({ "x-http-method-override": value }), { prefix: "", seconds: 86_400, uses: undefined });
  }
});

test("a POST without it is refused with 400, and says what is missing (spec 3.5)", () => {
  const others: IncomingHttpHeaders[] = [{}, { "x-http-method-override": "DELETE" }, { "x-http-method-override": "MAKESESSION, PUT" }];
  for (const headers of [
    ...others,
    { "content-type": "multipart/form-data; boundary=x" },
    { cookie: "X-HTTP-Method-Override=MAKESESSION" },
  ]) {
    const refusal = parseSessionRequest(headers);
    assert.ok("status" in refusal);
    assert.equal(refusal.status, 400);
    assert.match(refusal.sentence, /X-HTTP-Method-Override: MAKESESSION/);
  }
});

test("a session may be narrowed (spec 4)", () => {
  const narrow = { "x-hub-session-prefix": "/db/J%C3%BCrgen", "x-hub-session-seconds": "3600", "x-hub-session-uses": "1" };
  assert.deepEqual(read({ ...MAKE, ...narrow }), { prefix: "/db/Jürgen", seconds: 3600, uses: 1 });
});

test("what would widen it or cannot be read is refused (spec 4)", () => {
  const wrong: IncomingHttpHeaders[] = [
    ...["86401", "0", "-1", "1.5", "x", ""].map((seconds) => ({ "x-hub-session-seconds": seconds })),
    ...["0", "x", "1000001"].map((uses) => ({ "x-hub-session-uses": uses })),
    ...["db/", "", "%", "/%00", "/%FF", `/${"x".repeat(1024)}`].map((prefix) => ({ "x-hub-session-prefix": prefix })),
  ];
  for (const headers of wrong) assert.equal(read({ ...MAKE, ...headers }), 400, JSON.stringify(headers));
});

test("its address comes from the configuration (spec 4)", () => {
  const expected = ["Location", "https://backup.example/session/abc/", "Cache-Control", "no-store"];
  assert.deepEqual(sessionHeaders("https://backup.example/", "abc"), expected);
});
