import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openDatabase } from "#db/database.ts";
import { hashArgon2id, verifyArgon2id } from "#lib/argon2id.ts";
import { DEFAULT_LIMITS, type Limits } from "#limits.ts";
import { OPERATOR } from "#model/actor.ts";
import { AccessCache } from "./access-cache.ts";
import { SignIn } from "./sign-in.ts";

/** A sign-in over a database with the account `laptop`, a clock that can be moved, and a count of the passwords it has hashed. */
async function open(limits: Partial<Limits> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "sign-in-"));
  const database = await openDatabase({ kind: "sqlite", file: join(folder, "facts.sqlite"), limits: DEFAULT_LIMITS });
  const secretHash = await hashArgon2id("right password");
  await database.write("addAccount", { name: "laptop", login: "laptop", secretHash, grants: [], nowMs: 1, by: OPERATOR });
  const seen = { hashes: 0, atOnce: 0, most: 0, nowMs: 1_000_000, by: OPERATOR, beforeGuesses: Promise.resolve() };
  const verify = async (phc: string, secret: string) => {
    seen.hashes += 1;
    seen.atOnce += 1;
    seen.most = Math.max(seen.most, seen.atOnce);
    try {
      if (secret.startsWith("guess")) await seen.beforeGuesses;
      return await verifyArgon2id(phc, secret);
    } finally {
      seen.atOnce -= 1;
    }
  };
  const cache = new AccessCache(database);
  const signIn = new SignIn({ clock: () => seen.nowMs, limits: { ...DEFAULT_LIMITS, ...limits }, cache, verify });
  return {
    signIn,
    seen,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

const right = { login: "laptop", secret: "right password", address: "192.0.2.1" } as const;

test("7.1: a password that was right is not hashed again within five minutes", async () => {
  await using it = await open();
  assert.equal((await it.signIn.withSecret(right)).accountName, "laptop");
  for (let minute = 0; minute < 12; minute += 4) {
    it.seen.nowMs += 4 * 60_000; // sliding: each use counts anew
    await it.signIn.withSecret(right);
  }
  assert.equal(it.seen.hashes, 1);
  it.seen.nowMs += 5 * 60_000;
  await it.signIn.withSecret(right);
  assert.equal(it.seen.hashes, 2);
});

test("7.1: a clock that was hours ahead for a moment does not keep a password right for hours", async () => {
  await using it = await open();
  it.seen.nowMs += 10 * 3_600_000;
  await it.signIn.withSecret(right);
  it.seen.nowMs -= 10 * 3_600_000;
  await it.signIn.withSecret(right);
  assert.equal(it.seen.hashes, 2);
});

test("7.1: nor does it keep a header known", async () => {
  await using it = await open();
  const recalls = () => it.signIn.recall("Basic one", { address: right.address })?.login;
  it.seen.nowMs += 10 * 3_600_000;
  await it.signIn.withSecret({ ...right, givenAs: "Basic one" });
  assert.equal(recalls(), "laptop");
  it.seen.nowMs -= 10 * 3_600_000;
  assert.equal(recalls(), undefined);
  await it.signIn.withSecret({ ...right, givenAs: "Basic one" });
  assert.equal(recalls(), "laptop");
});

test("7.1: a wrong password is hashed each time, and a right one beside it stays known", async () => {
  await using it = await open();
  await it.signIn.withSecret(right);
  for (let round = 0; round < 3; round += 1) {
    await assert.rejects(it.signIn.withSecret({ ...right, secret: "wrong" }), { code: "unauthenticated" });
    await it.signIn.withSecret(right);
  }
  assert.equal(it.seen.hashes, 4);
});

test("7.1: the same password asked many times at once is hashed once", async () => {
  await using it = await open();
  await Promise.all(Array.from({ length: 50 }, () => it.signIn.withSecret(right)));
  assert.equal(it.seen.hashes, 1);
});

test("7.1: more passwords at once than may be checked or wait are 503, and never more than two are hashed at a time", async () => {
  await using it = await open({ passwordChecksWaiting: 3, failuresPerWindow: 1000 });
  const answers = await Promise.allSettled(
    Array.from({ length: 9 }, (_, index) => it.signIn.withSecret({ ...right, secret: `guess ${index}` })),
  );
  const codes = answers.map((answer) => (answer.status === "rejected" ? (answer.reason as { code: string }).code : "in"));
  assert.deepEqual(codes.sort(), [...Array<string>(4).fill("overloaded"), ...Array<string>(5).fill("unauthenticated")]);
  assert.equal(it.seen.most, 2);
});

test("7.1: an unknown login costs one hash like a known one, and a blocked one none", async () => {
  await using it = await open({ failuresPerWindow: 2 });
  const stranger = { login: "nobody", secret: "x", address: "198.51.100.1" } as const;
  for (let round = 0; round < 2; round += 1) await assert.rejects(it.signIn.withSecret(stranger), { code: "unauthenticated" });
  assert.equal(it.seen.hashes, 2);
  await assert.rejects(it.signIn.withSecret(stranger), { code: "unauthenticated", message: /Too many/ });
  assert.equal(it.seen.hashes, 2);
});

test("a login or password longer than any real one is refused without a look", async () => {
  await using it = await open();
  await assert.rejects(it.signIn.withSecret({ ...right, secret: "x".repeat(2000) }), { code: "unauthenticated" });
  assert.equal(it.seen.hashes, 0);
});

test("7.1: a machine that was in before stays in when others have used up its login's failures, also when its password has to be hashed again", async () => {
  await using it = await open({ failuresPerWindow: 3, failureWindowMs: 60 * 60_000 });
  await it.signIn.withSecret(right);
  for (let round = 0; round < 3; round += 1) {
    await assert.rejects(it.signIn.withSecret({ login: "laptop", secret: "guess", address: `198.51.100.${round}` }), {
      code: "unauthenticated",
    });
  }
  it.seen.nowMs += 6 * 60_000;
  assert.equal((await it.signIn.withSecret(right)).accountName, "laptop");
});

test("7.1: guesses that come all at once are hashed no more often than one after another", async () => {
  await using it = await open({ failuresPerWindow: 3 });
  // Each counts from before it is looked at.
  await Promise.allSettled(Array.from({ length: 30 }, (_, index) => it.signIn.withSecret({ ...right, secret: `guess ${index}` })));
  assert.equal(it.seen.hashes, 3);
});

test("7.1: however many strangers wait for their passwords to be checked, a machine that was in before gets in", async () => {
  await using it = await open({ passwordChecksWaiting: 8 });
  await it.signIn.withSecret(right);
  it.seen.nowMs += 6 * 60_000; // its password has to be hashed again
  const { promise, resolve } = Promise.withResolvers<void>();
  it.seen.beforeGuesses = promise;
  const codes: string[] = [];
  const strangers = Array.from({ length: 40 }, (_, index) => {
    const guess = { login: index % 2 === 0 ? "laptop" : `x${index}`, secret: `guess ${index}`, address: `198.51.100.${index}` as const };
    return it.signIn.withSecret(guess).catch(({ code }: { code: string }) => void codes.push(code));
  });
  while (codes.length < 30) await sleep(5); // two are checked, eight wait
  await assert.rejects(it.signIn.withSecret({ ...right, secret: "guess", address: "192.0.2.200" }), { code: "overloaded" });
  assert.equal((await it.signIn.withSecret(right)).accountName, "laptop");
  resolve();
  await Promise.all(strangers);
  assert.deepEqual(codes, [...Array<string>(30).fill("overloaded"), ...Array<string>(10).fill("unauthenticated")]);
});
