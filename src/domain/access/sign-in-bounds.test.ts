import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { openDatabase } from "#db/database.ts";
import { hashArgon2id, verifyArgon2id } from "#lib/argon2id.ts";
import { DEFAULT_LIMITS } from "#limits.ts";
import { OPERATOR } from "#model/actor.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { AccessCache } from "./access-cache.ts";
import { SignIn } from "./sign-in.ts";

/** A sign-in where three failures are the most, an account `laptop` whose login `laptop.home` works from 192.0.2.0/24 alone and whose login `laptop.card` has a certificate, and every hash that was checked. */
async function open() {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await tempFolder());
  const limits = { ...DEFAULT_LIMITS, failuresPerWindow: 3 };
  const database = stack.use(await openDatabase({ kind: "sqlite", file: join(folder.path, "facts.sqlite"), limits }));
  const secretHash = await hashArgon2id("right password");
  const change = { nowMs: 1, by: OPERATOR };
  const bounds = { label: null, expiresAtMs: null, addresses: [], mostRole: null };
  const login = { accountName: "laptop", secretHash, certificateName: undefined, bounds, most: 9, ...change };
  await database.write("addAccount", { name: "laptop", login: "laptop", secretHash, grants: [], ...change });
  const home = { ...bounds, addresses: ["192.0.2.0/24"] };
  await database.write("addAccountCredential", { ...login, word: "home", kind: "password", bounds: home });
  const card = { word: "card", kind: "certificate", secretHash: "", certificateName: "laptop.example.org" } as const;
  await database.write("addAccountCredential", { ...login, ...card });
  const hashes: string[] = [];
  const verify = async (hash: string, secret: string) => {
    hashes.push(hash);
    return await verifyArgon2id(hash, secret);
  };
  const signIn = new SignIn({ clock: () => 1_000_000, limits, cache: new AccessCache(database), verify });
  const owned = stack.move();
  return { signIn, hashes, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const abroad = { login: "laptop.home", secret: "right password", address: "198.51.100.7" } as const;
const WRONG = { code: "unauthenticated", message: /Wrong/ };
const BLOCKED = { code: "unauthenticated", message: /Too many/ };

test("a right password from an address that its login may not be used from forgets no failed sign-in", async () => {
  await using it = await open();
  for (let round = 0; round < 2; round += 1) await assert.rejects(it.signIn.withSecret({ ...abroad, secret: `guess ${round}` }), WRONG);
  await assert.rejects(it.signIn.withSecret(abroad), { code: "forbidden" });
  await assert.rejects(it.signIn.withSecret({ ...abroad, secret: "guess 2" }), WRONG);
  await assert.rejects(it.signIn.withSecret({ ...abroad, secret: "guess 3" }), BLOCKED);
});

test("a right password from an address that its login may not be used from does not make that address a known one", async () => {
  await using it = await open();
  await assert.rejects(it.signIn.withSecret(abroad), { code: "forbidden" });
  for (let round = 0; round < 3; round += 1) {
    await assert.rejects(it.signIn.withSecret({ ...abroad, secret: "guess", address: `203.0.${round}.1` }), WRONG);
  }
  await assert.rejects(it.signIn.withSecret({ ...abroad, secret: "guess" }), BLOCKED);
});

test("a password for a login that has a certificate costs one whole argon2id hash, like one for any other login", async () => {
  await using it = await open();
  const cost = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[^$]{22}\$[^$]{43}$/;
  for (const login of ["laptop.card", "laptop"]) {
    it.hashes.length = 0;
    await assert.rejects(it.signIn.withSecret({ login, secret: "a guess", address: "192.0.2.1" }), WRONG);
    assert.equal(it.hashes.length, 1, login);
    assert.match(it.hashes[0] ?? "", cost, login);
  }
});
