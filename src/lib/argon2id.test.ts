import assert from "node:assert/strict";
import { test } from "node:test";
import { hashArgon2id, verifyArgon2id } from "./argon2id.ts";

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
