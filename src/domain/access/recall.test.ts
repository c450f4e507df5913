import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { loadConfig } from "#config.ts";
import { openCore } from "#hub.ts";
import { openLog } from "#lib/log.ts";
import { OPERATOR } from "#model/actor.ts";
import type { PeerAddress } from "#model/peer-address.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { addAccount } from "./add-account.ts";
import { addCredential } from "./add-credential.ts";
import { disableAccount } from "./disable-account.ts";
import { removeGrant } from "./remove-grant.ts";
import { rotateCredential } from "./rotate-credential.ts";
import { setCredential } from "./set-credential.ts";
import { setGrant } from "./set-grant.ts";

const HOUR_MS = 3_600_000;
const FROM = { address: "192.0.2.1" } as const;

/** A core with the account `laptop`, signed in with the header `Basic one`. */
async function open() {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await tempFolder());
  const seen = { nowMs: 1_790_000_000_000 };
  const config = loadConfig({
    flags: { data: folder.path, "log.level": "error", "limits.signInNotesMs": "20" },
    environment: {},
    workingDirectory: folder.path,
  });
  const core = stack.use(
    await openCore(
      config,
      openLog(config.log, () => undefined),
      { clock: () => seen.nowMs, monotonic: () => seen.nowMs },
    ),
  );
  const { secret } = await addAccount(core, OPERATOR, { name: "laptop", appendOnly: false });
  const signIn = async (givenAs: string, password = secret) =>
    await core.signIn.withSecret({ login: "laptop", secret: password, givenAs, ...FROM });
  await signIn("Basic one");
  const recalls = (givenAs: string, address: PeerAddress = FROM.address) => core.signIn.recall(givenAs, { address })?.principal.accountName;
  const owned = stack.move();
  return { core, seen, secret, signIn, recalls, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

test("a header that was right is known again at once, for as long as its password is, and no other header is", async () => {
  await using it = await open();
  assert.equal(it.recalls("Basic one"), "laptop");
  assert.deepEqual([it.recalls("Basic two"), it.recalls("basic one"), it.recalls("")], [undefined, undefined, undefined]);
  await assert.rejects(it.signIn("Basic two", "a guess"), { code: "unauthenticated" });
  assert.equal(it.recalls("Basic two"), undefined);
  it.seen.nowMs += it.core.limits.verifierCacheMs - 1;
  assert.equal(it.recalls("Basic one"), "laptop");
  it.seen.nowMs += it.core.limits.verifierCacheMs - 1; // each use counts anew
  assert.equal(it.recalls("Basic one"), "laptop");
  it.seen.nowMs += it.core.limits.verifierCacheMs;
  assert.equal(it.recalls("Basic one"), undefined);
});

test("a header is forgotten the moment its password is another, its account is disabled, or its login is bound to elsewhere", async () => {
  await using it = await open();
  await setCredential(it.core, OPERATOR, { login: "laptop", addresses: [FROM.address] });
  assert.equal(it.recalls("Basic one"), undefined);
  await it.signIn("Basic one");
  assert.deepEqual([it.recalls("Basic one"), it.recalls("Basic one", "198.51.100.1")], ["laptop", undefined]);
  await rotateCredential(it.core, OPERATOR, { login: "laptop" });
  assert.equal(it.recalls("Basic one"), undefined);
  await assert.rejects(it.signIn("Basic one"), { code: "unauthenticated" });
  assert.equal(it.recalls("Basic one"), undefined);
});

test("a disabled account is recalled no more", async () => {
  await using it = await open();
  await disableAccount(it.core, OPERATOR, { name: "laptop" });
  assert.equal(it.recalls("Basic one"), undefined);
  await assert.rejects(it.signIn("Basic one"), { code: "forbidden" });
  assert.equal(it.recalls("Basic one"), undefined);
});

test("a former password is known for as long as the overlap lasts, and not a moment longer", async () => {
  await using it = await open();
  // Shorter than what was right is known for, so that only the end of the overlap can end it.
  const overlapMs = HOUR_MS;
  const { previousUntilMs = 0 } = await rotateCredential(it.core, OPERATOR, { login: "laptop", overlapMs });
  it.seen.nowMs = previousUntilMs - 2;
  await it.signIn("Basic one");
  assert.equal(it.recalls("Basic one"), "laptop");
  it.seen.nowMs = previousUntilMs;
  assert.equal(it.recalls("Basic one"), undefined);
});

test("after a rotation the new password's header is known, and the old one's never again, however often it is tried", async () => {
  await using it = await open();
  const { secret: fresh } = await rotateCredential(it.core, OPERATOR, { login: "laptop" });
  for (let round = 0; round < 2; round += 1) {
    await it.signIn("Basic two", fresh);
    assert.deepEqual([it.recalls("Basic one"), it.recalls("Basic two")], [undefined, "laptop"]);
    await assert.rejects(it.signIn("Basic one"), { code: "unauthenticated" });
  }
});

test("a header is known up to the moment its login expires, also one that is used all the time, and the refusal says why", async () => {
  await using it = await open();
  const expiresAtMs = it.seen.nowMs + 60_000; // long before what was right is forgotten by itself
  await setCredential(it.core, OPERATOR, { login: "laptop", expiresAtMs });
  await it.signIn("Basic one");
  it.seen.nowMs = expiresAtMs - 1;
  assert.equal(it.recalls("Basic one"), "laptop");
  it.seen.nowMs = expiresAtMs;
  assert.equal(it.recalls("Basic one"), undefined);
  await assert.rejects(it.signIn("Basic one"), { code: "forbidden", message: /expired/ });
  assert.equal(it.recalls("Basic one"), undefined);
});

test("a header that is known brings no grant with it: one that is taken back is gone with the next request", async () => {
  await using it = await open();
  await setGrant(it.core, OPERATOR, { accountName: "laptop", path: "/shared/", role: "maintain" });
  await it.signIn("Basic one");
  const rights = async () => {
    const known = it.core.signIn.recall("Basic one", FROM) ?? { principal: await it.signIn("Basic one") };
    return (await it.core.access.rightsOf(known.principal.accountId)).grants.map(({ path }) => path);
  };
  assert.ok((await rights()).includes("/shared/"));
  assert.ok((await rights()).includes("/shared/"), "known by now");
  await removeGrant(it.core, OPERATOR, { accountName: "laptop", path: "/shared/" });
  assert.ok(!(await rights()).includes("/shared/"));
});

test("a login that has a certificate is never known by a header, before or after its certificate was seen", async () => {
  await using it = await open();
  const { login } = await addCredential(it.core, OPERATOR, { accountName: "laptop", word: "card", certificateName: "card of laptop" });
  const asPassword = async (secret: string) =>
    await it.core.signIn.withSecret({ login, secret, givenAs: `Basic ${login}:${secret}`, ...FROM });
  for (let round = 0; round < 2; round += 1) {
    for (const secret of ["", "card of laptop", it.secret]) {
      await assert.rejects(asPassword(secret), { code: "unauthenticated" });
      assert.equal(it.recalls(`Basic ${login}:${secret}`), undefined);
    }
    assert.equal((await it.core.signIn.withCertificate({ name: "card of laptop", ...FROM })).login, login);
  }
});

test("a header of five thousand characters is right like any other, and never remembered", async () => {
  await using it = await open();
  for (const [characters, known] of [
    [4096, "laptop"],
    [5000, undefined],
  ] as const) {
    const givenAs = `Basic ${"=".repeat(characters - 6)}`;
    assert.equal((await it.signIn(givenAs)).accountName, "laptop");
    assert.equal(it.recalls(givenAs), known);
  }
});

test("who is known again by a header has a last use, and the address of it, as everybody has", async () => {
  await using it = await open();
  it.seen.nowMs += (3 * HOUR_MS) / 2;
  await it.signIn("Basic one");
  it.seen.nowMs += it.core.limits.verifierCacheMs - 1;
  assert.equal(it.recalls("Basic one", "198.51.100.7"), "laptop");
  const used = async () => (await it.core.database.list("listCredentials", { limit: 10 })).find(({ login }) => login === "laptop");
  for (let tries = 0; (await used())?.lastUsedAddress !== "198.51.100.7"; tries += 1) {
    assert.ok(tries < 500, JSON.stringify(await used()));
    await sleep(10);
  }
  assert.equal((await used())?.lastUsedAtMs, it.seen.nowMs);
});
