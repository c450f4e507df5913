import assert from "node:assert/strict";
import { test } from "node:test";
import { RequestBound } from "./request-bound.ts";

test("an account has as many requests in flight as it may, whatever others have, and room again when one has ended", () => {
  const bound = new RequestBound(2);
  const [one, two] = [bound.enter(7), bound.enter(7)];
  assert.throws(() => bound.enter(7), { code: "overloaded" });
  bound.enter(8);
  one[Symbol.dispose]();
  const three = bound.enter(7);
  assert.throws(() => bound.enter(7), { code: "overloaded" });
  two[Symbol.dispose]();
  three[Symbol.dispose]();
  const again = [bound.enter(7), bound.enter(7)];
  assert.throws(() => bound.enter(7), { code: "overloaded" });
  for (const request of again) request[Symbol.dispose]();
});
