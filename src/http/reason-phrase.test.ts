import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { reasonPhrase } from "./reason-phrase.ts";

test("a reason phrase is at most 80 printable ASCII characters and never empty", () => {
  assert.equal(reasonPhrase("Repo is frozen until Friday"), "Repo is frozen until Friday");
  assert.equal(reasonPhrase("a\r\nSet-Cookie: x"), "a?Set-Cookie: x");
  assert.equal(reasonPhrase("Gr\u00f6\u00dfe"), "Gr?e");
  assert.equal(reasonPhrase("  "), undefined);
  assert.equal(reasonPhrase(undefined), undefined);
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      const phrase = reasonPhrase(text);
      assert.ok(phrase === undefined || /^[\x21-\x7e]([\x20-\x7e]{0,78}[\x21-\x7e])?$/.test(phrase));
    }),
  );
});
