import assert from "node:assert/strict";
import { test } from "node:test";
import { eitherHash, hashArgon2id, verifyArgon2id } from "./argon2id.ts";

test("an argon2id hash accepts its own secret and no other, again and again", async () => {
  const phc = await hashArgon2id("water the plants");
  assert.match(phc, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  for (let round = 0; round < 3; round += 1) {
    assert.equal(await verifyArgon2id(phc, "water the plants"), true);
    assert.equal(await verifyArgon2id(phc, "water the plant"), false);
  }
});

test("two hashes of one secret differ", async () => {
  assert.notEqual(await hashArgon2id("same"), await hashArgon2id("same"));
});

test("a hash that another program wrote is read by its own parameters", async () => {
  // From the reference implementation's command line: echo -n password | argon2 somesalt -id -t 2 -m 16 -p 4 -l 24
  const phc = "$argon2id$v=19$m=65536,t=2,p=4$c29tZXNhbHQ$F1jG2CV3/Nr+yRuIsPKw0J9r4s7cJHBU";
  assert.equal(await verifyArgon2id(phc, "password"), true);
  assert.equal(await verifyArgon2id(phc, "wrong"), false);
});

test("what is no argon2id hash verifies nothing", async () => {
  for (const text of ["", "$2y$05$abc", "$argon2id$v=19$m=1$x$y", "plain"]) assert.equal(await verifyArgon2id(text, text), false);
});

test("two secrets under one salt are checked with one hash, and neither shows the other", async () => {
  const first = await hashArgon2id("first secret");
  const second = await hashArgon2id("second secret", first);
  const either = eitherHash(second, first) ?? "";
  assert.equal(await verifyArgon2id(either, "first secret"), true);
  assert.equal(await verifyArgon2id(either, "second secret"), true);
  assert.equal(await verifyArgon2id(either, "third secret"), false);
  assert.equal(await verifyArgon2id(second, "first secret"), false);
  assert.equal(eitherHash(first, await hashArgon2id("elsewhere")), undefined);
  assert.equal(eitherHash(first, "$2y$05$bcrypt"), undefined);
  assert.equal(eitherHash("", ""), undefined);
});
