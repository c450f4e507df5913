import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { isSealed, MasterKey, SealError } from "./sealed.ts";

const key = new MasterKey(Buffer.alloc(32, 1));
const problemOf = (problem: string) => (error: unknown) => error instanceof SealError && error.problem === problem;

test("what was sealed opens in its place, whatever it is", () => {
  for (const text of ["", "hunter2", "ключ 🔑\0\n", "x".repeat(64 * 1024)]) {
    const sealed = key.seal(text, "channel 1");
    assert.ok(isSealed(sealed));
    assert.ok(text.length < 3 || !sealed.includes(text));
    assert.equal(new MasterKey(Buffer.alloc(32, 1)).unseal(sealed, "channel 1"), text);
  }
});

test("one text sealed twice looks different", () => {
  assert.notEqual(key.seal("same", "a"), key.seal("same", "a"));
});

test("a sealed value does not open in another's place", () => {
  assert.throws(() => key.unseal(key.seal("mine", "channel 1"), "channel 2"), problemOf("altered"));
});

test("another key is told as such, by the names of both", () => {
  const other = new MasterKey(Buffer.alloc(32, 2));
  assert.throws(() => other.unseal(key.seal("mine", "a"), "a"), {
    problem: "wrong_key",
    message: new RegExp(`${key.id}.*${other.id}.*bring back`),
  });
});

test("no character of a sealed text can be changed, left out or added", () => {
  const sealed = key.seal("mine", "a");
  for (let at = 0; at < sealed.length; at += 1) {
    const swapped = `${sealed.slice(0, at)}${sealed[at] === "A" ? "B" : "A"}${sealed.slice(at + 1)}`;
    for (const changed of [swapped, sealed.slice(0, at) + sealed.slice(at + 1), sealed.slice(0, at)]) {
      assert.throws(() => key.unseal(changed, "a"), SealError, changed);
    }
  }
  // The last character has spare bits: other characters in its place stand for the same bytes.
  const bytesOf = (text: string) => Buffer.from(text.slice(text.lastIndexOf(":") + 1), "base64url");
  const spellings = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"].map((end) => sealed.slice(0, -1) + end);
  const same = spellings.filter((text) => text !== sealed && bytesOf(text).equals(bytesOf(sealed)));
  assert.notEqual(same.length, 0);
  for (const text of same) assert.throws(() => key.unseal(text, "a"), problemOf("altered"));
  for (const more of ["A", "=", "\n", " "]) assert.throws(() => key.unseal(sealed + more, "a"), problemOf("altered"));
});

test("a key shows itself nowhere, and has 32 bytes", () => {
  const secret = new MasterKey(Buffer.from("0123456789abcdef0123456789abcdef"));
  const shown = inspect(secret, { depth: 9, showHidden: true }) + JSON.stringify(secret);
  assert.doesNotMatch(shown, /0123456789|30313233|MDEyMzQ1/);
  for (const length of [0, 16, 31, 33]) assert.throws(() => new MasterKey(Buffer.alloc(length)), RangeError);
});

test("a secret that is too long is refused", () => {
  assert.throws(() => key.seal("x".repeat(64 * 1024 + 1), "a"), RangeError);
});
