import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { loadConfig } from "#config.ts";
import { type OpenCore, openCore } from "#hub.ts";
import { verifyArgon2id } from "#lib/argon2id.ts";
import { openLog } from "#lib/log.ts";
import { OPERATOR } from "#model/actor.ts";
import type { PeerAddress } from "#model/peer-address.ts";
import { addAccount } from "./add-account.ts";
import { addCredential } from "./add-credential.ts";
import { rotateCredential } from "./rotate-credential.ts";
import { setCredential } from "./set-credential.ts";
import { SignIn } from "./sign-in.ts";

const HOUR_MS = 3_600_000;

/** A core with the account `laptop`, a clock that can be moved, and a sign-in that counts the hashes it looks at. */
async function open(flags: Record<string, string> = {}) {
  const data = mkdtempSync(join(tmpdir(), "credentials-"));
  const seen = { nowMs: 1_790_000_000_000, hashes: 0 };
  const config = loadConfig({ flags: { data, "log.level": "error", ...flags }, environment: {}, workingDirectory: data });
  const log = openLog(config.log, () => undefined);
  const start = () => openCore(config, log, { clock: () => seen.nowMs, monotonic: () => seen.nowMs });
  let core: OpenCore = await start();
  const { secret } = await addAccount(core, OPERATOR, { name: "laptop", appendOnly: false });
  const counting = new SignIn({
    clock: () => seen.nowMs,
    limits: core.limits,
    cache: core.access,
    verify: async (phc, one) => {
      seen.hashes += 1;
      return await verifyArgon2id(phc, one);
    },
  });
  return {
    get core() {
      return core;
    },
    seen,
    secret,
    counting,
    home: { login: "laptop", secret, address: "192.0.2.1" as const },
    async restart() {
      await core[Symbol.asyncDispose]();
      core = await start();
    },
    /** Summaries of the sign-ins in the timeline, once all that happened is written. */
    async told() {
      await this.restart();
      const lines = core.database.read
        .selectFrom("operation")
        .select(["summary", "status", "kind"])
        .where("kind", "in", ["signin.succeeded", "signin.failed"]);
      return (await lines.orderBy("id").execute()).map(({ summary }) => summary);
    },
    async [Symbol.asyncDispose]() {
      await core[Symbol.asyncDispose]();
      rmSync(data, { recursive: true });
    },
  };
}

test("a rotated password works beside the old one until the overlap is over, and costs one hash whichever is asked", async () => {
  await using it = await open();
  const second = await rotateCredential(it.core, OPERATOR, { login: "laptop", overlapMs: HOUR_MS });
  const ask = async (secret: string) => {
    it.seen.hashes = 0;
    return await it.counting.withSecret({ ...it.home, secret }).then(
      () => ["in", it.seen.hashes],
      (error: { code: string }) => [error.code, it.seen.hashes],
    );
  };
  assert.deepEqual(await ask(second.secret), ["in", 1]);
  assert.deepEqual(await ask(it.secret), ["in", 1]);
  assert.deepEqual(await ask("a wrong one"), ["unauthenticated", 1]);
  it.seen.nowMs = second.previousUntilMs ?? 0;
  assert.deepEqual(await ask(it.secret), ["unauthenticated", 1], "known a moment ago, and refused at once");
  assert.deepEqual(await ask(second.secret), ["in", 1]);
});

test("rotating twice leaves the newest two, rotating without an overlap the newest alone", async () => {
  await using it = await open();
  const opens = async (secret: string) =>
    await it.core.signIn.withSecret({ ...it.home, secret }).then(
      () => true,
      () => false,
    );
  const second = await rotateCredential(it.core, OPERATOR, { login: "laptop", overlapMs: HOUR_MS });
  const third = await rotateCredential(it.core, OPERATOR, { login: "laptop", overlapMs: HOUR_MS });
  assert.deepEqual([await opens(it.secret), await opens(second.secret), await opens(third.secret)], [false, true, true]);
  const fourth = await rotateCredential(it.core, OPERATOR, { login: "laptop" });
  assert.deepEqual([await opens(second.secret), await opens(third.secret), await opens(fourth.secret)], [false, false, true]);
  await assert.rejects(rotateCredential(it.core, OPERATOR, { login: "laptop", overlapMs: 91 * 24 * HOUR_MS }), { code: "invalid_input" });
});

test("what a login is bound to is refused to those who know its password, with the reason, and is 401 to everybody else", async () => {
  await using it = await open();
  const nas = await addCredential(it.core, OPERATOR, { accountName: "laptop", word: "nas" });
  const ask = async (address: PeerAddress, secret = nas.secret ?? "") =>
    await it.core.signIn.withSecret({ login: nas.login, secret, address }).then(
      ({ mostRole }) => `in ${mostRole}`,
      (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
    );
  assert.equal(await ask("192.0.2.1"), "in undefined");
  const set = async (settings: Parameters<typeof setCredential>[2] extends infer Input ? Omit<Input, "login"> : never) =>
    await setCredential(it.core, OPERATOR, { login: nas.login, ...settings });
  await set({ mostRole: "read" });
  assert.equal(await ask("192.0.2.1"), "in read");
  await set({ addresses: ["198.51.100.0/24"] });
  assert.equal(await ask("192.0.2.1"), "forbidden: This login may not be used from here");
  assert.equal(await ask("unix"), "forbidden: This login may not be used from here");
  assert.equal(await ask("198.51.100.9"), "in read");
  assert.equal(await ask("192.0.2.1", "a guess"), "unauthenticated: Wrong user name or password");
  await set({ expiresAtMs: it.seen.nowMs + 1 });
  assert.equal(await ask("198.51.100.9"), "in read");
  it.seen.nowMs += 1;
  assert.equal(await ask("198.51.100.9"), "forbidden: This login has expired");
  assert.equal(await ask("198.51.100.9", "a guess"), "unauthenticated: Wrong user name or password");
});

test("settings that mean nothing are refused with what to do", async () => {
  await using it = await open({ "limits.addressesPerCredential": "2", "limits.credentialsPerAccount": "2" });
  const add = (more: object) => addCredential(it.core, OPERATOR, { accountName: "laptop", ...more });
  const refused: [object, RegExp][] = [
    [{ word: "a.b" }, /letters, digits/],
    [{ word: "x".repeat(64) }, /at most 64/],
    [{ label: "two\nlines" }, /one line/],
    [{ expiresAtMs: it.seen.nowMs }, /in the future/],
    [{ addresses: ["10.0.0.0/0"] }, /such as 10\.0\.0\.0\/8/],
    [{ addresses: ["192.0.2.1", "192.0.2.2", "192.0.2.3"] }, /at most 2/],
    [{ certificateName: "*.lan" }, /or \*/],
    [{ certificateName: "nas.lan", secret: "long enough" }, /not both/],
    [{ secret: "short" }, /8 characters/],
  ];
  for (const [more, message] of refused) await assert.rejects(add(more), { code: "invalid_input", message });
  await assert.rejects(add({ accountName: "nobody" }), { code: "not_found", message: /nobody/ });
  await add({});
  await assert.rejects(add({}), { code: "invalid_input", message: /at most 2 credentials/ });
});

test("7.1: a login that has a certificate and no password costs one hash, and no password is right for it", async () => {
  await using it = await open();
  const { login } = await addCredential(it.core, OPERATOR, { accountName: "laptop", certificateName: "laptop.lan" });
  for (const secret of ["", "anything"])
    await assert.rejects(it.counting.withSecret({ ...it.home, login, secret }), { code: "unauthenticated" });
  assert.equal(it.seen.hashes, 2);
  assert.equal((await it.core.signIn.withCertificate({ name: "LAPTOP.lan", address: "unix" })).login, login);
  await assert.rejects(it.core.signIn.withCertificate({ name: "nas.lan", address: "unix" }), { code: "unauthenticated" });
  // The name of an account is no certificate's name, and a password's login is none either.
  await assert.rejects(it.core.signIn.withCertificate({ name: "laptop", address: "unix" }), { code: "unauthenticated" });
});

test("7.1: a restart forgets nobody who was in: others' guesses keep neither the machine nor its password out", async () => {
  await using it = await open({ "limits.failuresPerWindow": "3" });
  await it.core.signIn.withSecret(it.home);
  await it.restart();
  for (let round = 0; round < 3; round += 1) {
    const guess = { login: "LAPTOP", secret: "a guess", address: `198.51.100.${round}` as const };
    await assert.rejects(it.core.signIn.withSecret(guess), { code: "unauthenticated" });
  }
  await assert.rejects(it.core.signIn.withSecret({ ...it.home, address: "203.0.113.1" }), { message: /Too many/ });
  assert.equal((await it.core.signIn.withSecret(it.home)).login, "laptop");
  // From where it was in it is held to its own failures, as ever.
  for (let round = 0; round < 3; round += 1) await it.core.signIn.withSecret({ ...it.home, secret: "a guess" }).catch(() => undefined);
  await it.restart();
  assert.equal((await it.core.signIn.withSecret(it.home)).login, "laptop");
});

test("a right password from where it may not be used proves nothing", async () => {
  await using it = await open({ "limits.failuresPerWindow": "1" });
  await setCredential(it.core, OPERATOR, { login: "laptop", addresses: ["192.0.2.1"] });
  const elsewhere = { ...it.home, address: "198.51.100.1" } as const;
  await assert.rejects(it.core.signIn.withSecret(elsewhere), { code: "forbidden" });
  await it.restart();
  await assert.rejects(it.core.signIn.withSecret({ ...it.home, secret: "a guess", address: "203.0.113.1" }), { code: "unauthenticated" });
  await assert.rejects(it.core.signIn.withSecret(elsewhere), { code: "unauthenticated", message: /Too many/ });
});

test("the timeline tells of a sign-in once for each place and again after a day, and of failures with their count", async () => {
  await using it = await open();
  for (let round = 0; round < 5; round += 1) await it.core.signIn.withSecret(it.home);
  await it.core.signIn.withSecret({ ...it.home, address: "192.0.2.2" });
  await it.core.signIn.withSecret(it.home);
  assert.deepEqual(await it.told(), ["laptop signed in from 192.0.2.1", "laptop signed in from 192.0.2.2"]);
  it.seen.nowMs += 23 * HOUR_MS;
  await it.core.signIn.withSecret(it.home);
  assert.equal((await it.told()).length, 2);
  it.seen.nowMs += HOUR_MS;
  await it.core.signIn.withSecret(it.home);
  assert.deepEqual((await it.told()).slice(2), ["laptop signed in from 192.0.2.1"]);
  for (let round = 0; round < 3; round += 1) await it.core.signIn.withSecret({ ...it.home, secret: "geheim!!" }).catch(() => undefined);
  await setCredential(it.core, OPERATOR, { login: "laptop", addresses: ["unix"] });
  await it.core.signIn.withSecret(it.home).catch(() => undefined);
  const told = (await it.told()).slice(3);
  assert.deepEqual(told, [
    "Failed sign-in as laptop, from 192.0.2.1, 3 times",
    "laptop was not let in: the login is not allowed there, from 192.0.2.1",
  ]);
  const all = await it.core.database.read.selectFrom("operation").selectAll().execute();
  assert.doesNotMatch(JSON.stringify(all), new RegExp(`geheim|${it.secret}`));
});

test("when a login was last used is written soon after, for each login alone", async () => {
  await using it = await open({ "limits.signInNotesMs": "20" });
  await addCredential(it.core, OPERATOR, { accountName: "laptop", word: "nas" });
  await it.core.signIn.withSecret(it.home);
  it.seen.nowMs += 1000;
  await it.core.signIn.withSecret({ ...it.home, address: "192.0.2.7" });
  const list = async () => await it.core.database.list("listCredentials", { limit: 10 });
  for (let tries = 0; (await list())[0]?.lastUsedAtMs !== it.seen.nowMs; tries += 1) {
    assert.ok(tries < 500, "it is not written");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const [laptop, nas] = await list();
  assert.deepEqual([laptop?.lastUsedAddress, nas?.lastUsedAtMs], ["192.0.2.7", undefined]);
});
