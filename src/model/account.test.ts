import assert from "node:assert/strict";
import { test } from "node:test";
import { foldName, refuseAccountName } from "./account.ts";

test("an account's name has letters, digits and _ - . @, and is at most 64 characters of NFC", () => {
  for (const name of ["laptop", "nas-2", "anna@home.example", "büro", "日本", "_x", "a".repeat(64)]) {
    assert.equal(refuseAccountName(name), undefined, name);
  }
  for (const name of [
    "",
    ".hidden",
    "..",
    "a b",
    "a/b",
    "a:b",
    "a%2Fb",
    "u\u0308ber",
    "a\u0000",
    "a\n",
    "a".repeat(65),
    "a\\b",
    "\u0308a",
  ]) {
    assert.notEqual(refuseAccountName(name), undefined, JSON.stringify(name));
  }
});

test("restic's own words are no account names, because /data/ would be a listing", () => {
  for (const name of ["data", "keys", "locks", "snapshots", "index", "config"]) assert.match(refuseAccountName(name) ?? "", /restic/);
});

test("names that differ in case or composition fold to one", () => {
  assert.equal(foldName("Laptop"), foldName("lapTOP"));
  assert.equal(foldName("u\u0308ber"), foldName("Über"));
});
