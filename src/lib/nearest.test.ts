import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "./nearest.ts";

const words = ["listen.main", "listen.restic", "tls.restic.cert", "databaseUrl"];

test("the nearest word is found over a slip of the finger", () => {
  assert.equal(nearest("listen.restc", words), "listen.restic");
  assert.equal(nearest("lisetn.main", words), "listen.main");
  assert.equal(nearest("listen.mainn", words), "listen.main");
  assert.equal(nearest("tls.restic.sert", words), "tls.restic.cert");
});

test("another case or separator is no difference", () => {
  assert.equal(nearest("DATABASE_URL", words), "databaseUrl");
  assert.equal(nearest("listen-restic", words), "listen.restic");
});

test("two swapped neighbours cost less than two wrong letters", () => {
  assert.equal(nearest("abdc", ["abxy", "abcd"]), "abcd");
  assert.equal(nearest("bca", ["cba"]), "cba");
});

test("nothing is proposed for a word that is like none", () => {
  assert.equal(nearest("zebra", words), undefined);
  assert.equal(nearest("", words), undefined);
  assert.equal(nearest("x", []), undefined);
});

test("a very long word is looked at in bounded time", () => {
  assert.equal(nearest("x".repeat(1_000_000), words), undefined);
});
