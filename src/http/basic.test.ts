import assert from "node:assert/strict";
import { test } from "node:test";
import { parseBasic } from "./basic.ts";

const encode = (text: string) => Buffer.from(text).toString("base64");

test("Basic credentials are split at the first colon, whatever the scheme's case", () => {
  assert.deepEqual(parseBasic(`Basic ${encode("laptop:a:b:")}`), { login: "laptop", secret: "a:b:" });
  assert.deepEqual(parseBasic(`bAsIc   ${encode("laptop.nas2:")}`), { login: "laptop.nas2", secret: "" });
  assert.deepEqual(parseBasic(`Basic ${encode(":secret")}`), { login: "", secret: "secret" });
});

test("Basic credentials are UTF-8", () => {
  assert.deepEqual(parseBasic(`Basic ${encode("jürgen:pässwörd 🐟")}`), { login: "jürgen", secret: "pässwörd 🐟" });
  assert.equal(parseBasic(`Basic ${Buffer.from("j\xfcrgen:x", "latin1").toString("base64")}`), undefined);
});

test("an empty login with an empty secret is no sign-in, as restic sends it without credentials", () => {
  assert.equal(parseBasic("Basic Og=="), undefined);
});

test("credentials that cannot be read count as none", () => {
  for (const header of [
    undefined,
    "",
    "Basic",
    "Basic ",
    "Basic !!!",
    "Bearer abc",
    `Basic ${encode("nocolon")}`,
    `Basic ${encode("a:b")} x`,
  ]) {
    assert.equal(parseBasic(header), undefined, String(header));
  }
  assert.equal(parseBasic(`Basic ${encode(`a:${"x".repeat(5000)}`)}`), undefined);
});
