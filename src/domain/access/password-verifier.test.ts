import assert from "node:assert/strict";
import { test } from "node:test";
import bcrypt from "bcryptjs";
import { hashArgon2id, hashOfNobody } from "#lib/argon2id.ts";
import { PasswordVerifier } from "./password-verifier.ts";

const SHA = "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="; // of "password"

async function time(work: () => Promise<unknown>): Promise<number> {
  const times = [];
  for (let round = 0; round < 3; round += 1) {
    const startMs = performance.now();
    await work();
    times.push(performance.now() - startMs);
  }
  return times.sort((a, b) => a - b)[1] ?? 0;
}

test("7.1: once an imported hash was checked, an unknown login, our own hash and every imported kind fail after about the same time", async () => {
  const { verify } = new PasswordVerifier();
  const dear = bcrypt.hashSync("right password", 10);
  const own = await hashArgon2id("right password");
  assert.equal(await verify(dear, "wrong"), false);
  const ofDear = await time(() => verify(dear, "wrong"));
  for (const [name, hash] of Object.entries({ unknown: hashOfNobody(), own, cheap: SHA })) {
    const ms = await time(() => verify(hash, "wrong"));
    // Unpadded it is less than a third.
    assert.ok(ms / ofDear > 0.45 && ms / ofDear < 2.5, `${name}: ${ms} ms beside ${ofDear} ms`);
  }
});

test("where nothing was imported a failure takes no longer than its hash", async () => {
  const { verify } = new PasswordVerifier();
  const own = await hashArgon2id("right password");
  const right = await time(() => verify(own, "right password"));
  const wrong = await time(() => verify(own, "wrong"));
  assert.ok(wrong < right * 2.5, `${wrong} ms for a wrong one, ${right} ms for a right one`);
});

test("a right password is right for our own and for imported hashes, and for nothing that is no hash", async () => {
  const { verify } = new PasswordVerifier();
  assert.equal(await verify(await hashArgon2id("password"), "password"), true);
  assert.equal(await verify(SHA, "password"), true);
  assert.equal(await verify(SHA, "passwore"), false);
  assert.equal(await verify("password", "password"), false);
  assert.equal(await verify("", ""), false);
});
