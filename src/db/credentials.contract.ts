import assert from "node:assert/strict";
import { test } from "node:test";
import { OPERATOR } from "#model/actor.ts";
import type { NewOperation, OperationKind } from "#model/operation.ts";
import type { PeerAddress } from "#model/peer-address.ts";
import { assertRefusal, type ContractEngine } from "./contract-place.ts";
import type { AddAccountCredentialInput } from "./credential-changes.ts";
import { findCredentialByCertificate, findCredentialByLogin } from "./credentials.ts";
import { type Database, openDatabase } from "./database.ts";
import { isProvenPair, type ProvenPairBounds, type SignInNote } from "./sign-ins.ts";

const DAY_MS = 24 * 60 * 60_000;
const NO_BOUNDS = { label: null, expiresAtMs: null, addresses: [], mostRole: null };

/** What the credentials of an account and the sign-ins with them promise, on that engine. */
export function credentialsContract({ name: engine, skip, makePlace }: ContractEngine): void {
  const on = (title: string, body: (database: Database) => Promise<void>) =>
    test(`${engine}: ${title}`, { skip: skip ?? false }, async () => {
      await using place = await makePlace();
      await using database = await openDatabase(place.options);
      await addAccount(database, "Laptop");
      await body(database);
    });

  on("an account gets more logins, by a word or by the next number that was never in use", async (database) => {
    assert.equal(await add(database, { word: "nas2" }), "Laptop.nas2");
    assert.equal(await add(database, {}), "Laptop.2");
    assert.equal(await add(database, {}), "Laptop.3");
    await assertRefusal(add(database, { word: "NAS2" }), "already_exists", /Laptop\.NAS2/);
    assert.equal(await database.write("removeCredential", { login: "laptop.2", nowMs: 3, by: OPERATOR }), 3);
    assert.equal(await add(database, {}), "Laptop.4");
    await assertRefusal(add(database, { word: "2" }), "already_exists", /Laptop\.2/);
    await assertRefusal(add(database, { accountName: "nobody" }), "not_found", /nobody/);
    await assertRefusal(add(database, { most: 4 }), "invalid_input", /at most 4/);
    // A name of an account is a login as well.
    await assertRefusal(addAccount(database, "laptop.nas2"), "already_exists", /laptop\.nas2/);
  });

  on("a credential keeps what it is bound to, and each bound is changed or taken away alone", async (database) => {
    const bounds = { label: "Büro", expiresAtMs: 1_900_000_000_000, addresses: ["192.0.2.0/24", "unix"], mostRole: "read" } as const;
    await add(database, { word: "nas", bounds });
    const find = async () => (await findCredentialByLogin(database.read, "LAPTOP.NAS"))?.credential;
    const { label, expiresAtMs, addresses, mostRole } = (await find()) ?? {};
    assert.deepEqual({ label, expiresAtMs, addresses, mostRole }, bounds);
    const change = { login: "laptop.nas", nowMs: 5, by: OPERATOR };
    await database.write("changeCredential", { ...change, bounds: { mostRole: "backup" } });
    assert.deepEqual([(await find())?.mostRole, (await find())?.label], ["backup", "Büro"]);
    await database.write("changeCredential", { ...change, bounds: NO_BOUNDS });
    const cleared = await find();
    assert.deepEqual([cleared?.label, cleared?.expiresAtMs, cleared?.addresses, cleared?.mostRole], [undefined, undefined, [], undefined]);
    await assertRefusal(database.write("changeCredential", { ...change, login: "nobody", bounds: {} }), "not_found", /nobody/);
  });

  on("a certificate is found by its name, has no secret, and its name is free again once it is gone", async (database) => {
    const login = await add(database, { kind: "certificate", secretHash: "", certificateName: "Laptop.LAN" });
    const found = await findCredentialByCertificate(database.read, "laptop.lan");
    assert.deepEqual([found?.credential.login, found?.credential.kind, found?.account.name], [login, "certificate", "Laptop"]);
    assert.equal(await findCredentialByCertificate(database.read, "laptop"), undefined);
    assert.equal(await findCredentialByCertificate(database.read, "lap\0top"), undefined);
    await addAccount(database, "nas");
    const again = { accountName: "nas", kind: "certificate", secretHash: "", certificateName: "LAPTOP.lan" } as const;
    await assertRefusal(add(database, again), "already_exists", /already signs in as Laptop\.2/);
    await assertRefusal(
      database.write("replaceCredentialSecret", { login, secretHash: "$new", nowMs: 2, by: OPERATOR }),
      "invalid_input",
      /certificate/,
    );
    await database.write("removeCredential", { login, nowMs: 3, by: OPERATOR });
    assert.equal(await add(database, again), "nas.2");
  });

  on("a rotation keeps the secret before while it overlaps, and never more than that one", async (database) => {
    const rotate = (secretHash: string, previousUntilMs?: number) =>
      database.write("replaceCredentialSecret", { login: "laptop", secretHash, previousUntilMs, nowMs: 2, by: OPERATOR });
    const secrets = async () => {
      const { secretHash, previousSecret } = (await findCredentialByLogin(database.read, "laptop"))?.credential ?? {};
      return [secretHash, previousSecret];
    };
    await rotate("$2", 100);
    assert.deepEqual(await secrets(), ["$2", { hash: "$hash", untilMs: 100 }]);
    await rotate("$3", 200);
    assert.deepEqual(await secrets(), ["$3", { hash: "$2", untilMs: 200 }]);
    await rotate("$4");
    assert.deepEqual(await secrets(), ["$4", undefined]);
  });

  on("credentials are listed page by page in one order, of one account or of all, without a hash", async (database) => {
    await addAccount(database, "nas");
    await add(database, { word: "b" });
    await database.write("replaceCredentialSecret", { login: "nas", secretHash: "$new", previousUntilMs: 77, nowMs: 2, by: OPERATOR });
    const list = async (input: { readonly accountName?: string; readonly after?: string; readonly limit: number }) =>
      (await database.list("listCredentials", input)).map(({ login }) => login);
    assert.deepEqual(await list({ limit: 2 }), ["Laptop", "Laptop.b"]);
    assert.deepEqual(await list({ limit: 2, after: "LAPTOP.b" }), ["nas"]);
    assert.deepEqual(await list({ limit: 9, accountName: "laptop" }), ["Laptop", "Laptop.b"]);
    const [nas] = await database.list("listCredentials", { accountName: "NAS", limit: 9 });
    assert.deepEqual([nas?.accountName, nas?.previousSecretUntilMs, nas?.lastUsedAtMs], ["nas", 77, undefined]);
    assert.doesNotMatch(JSON.stringify(await database.list("listCredentials", { limit: 9 })), /\$/);
    await assertRefusal(list({ limit: 0 }), "invalid_input", /1000/);
    await database.write("removeAccount", { name: "nas", nowMs: 3, by: OPERATOR });
    assert.deepEqual(await list({ limit: 9 }), ["Laptop", "Laptop.b"]);
  });

  on("every change of a credential raises the version and stands in the timeline; its uses do neither", async (database) => {
    const of = { login: "laptop.nas", nowMs: 2, by: OPERATOR };
    const changes: [expected: boolean, change: () => Promise<unknown>][] = [
      [true, () => add(database, { word: "nas" })],
      [false, () => add(database, { word: "nas" }).catch(() => {})],
      [true, () => database.write("changeCredential", { ...of, bounds: { label: "x" } })],
      [false, () => database.write("changeCredential", { ...of, bounds: {} })],
      [true, () => database.write("disableCredential", of)],
      [false, () => database.write("disableCredential", of)],
      [true, () => database.write("enableCredential", of)],
      [false, () => database.write("enableCredential", of)],
      [false, () => database.write("recordCredentialUses", { uses: [{ credentialId: 1, atMs: 2, address: "unix" }] })],
      [true, () => database.write("removeCredential", of)],
    ];
    for (const [expected, change] of changes) {
      const [version, lines] = [await database.accessVersion(), await countLines(database, "settings.changed")];
      await change();
      assert.equal((await database.accessVersion()) > version, expected, change.toString());
      assert.equal((await countLines(database, "settings.changed")) > lines, expected, change.toString());
    }
  });

  on("the last use of a credential is kept, and an older one does not replace it", async (database) => {
    const use = async (atMs: number, address: PeerAddress) => {
      await database.write("recordCredentialUses", { uses: [{ credentialId: 1, atMs, address }] });
      const [listed] = await database.list("listCredentials", { limit: 1 });
      return [listed?.lastUsedAtMs, listed?.lastUsedAddress];
    };
    assert.deepEqual(await use(100, "192.0.2.1"), [100, "192.0.2.1"]);
    assert.deepEqual(await use(50, "192.0.2.2"), [100, "192.0.2.1"]);
    assert.deepEqual(await use(200, "unix"), [200, "unix"]);
  });

  on("who has signed in from where is known, told once a day, and forgotten with its login", async (database) => {
    const start = 1_790_000_000_000;
    await record(database, [note("Laptop", "192.0.2.1", start), note("laptop", "192.0.2.1", start + 1)], start);
    assert.equal(await countLines(database, "signin.succeeded"), 1);
    assert.equal(await isProvenPair(database.read, { login: "LAPTOP", addressBlock: "192.0.2.1" }), true);
    assert.equal(await isProvenPair(database.read, { login: "laptop", addressBlock: "192.0.2.2" }), false);
    assert.equal(await isProvenPair(database.read, { login: "lap\0top", addressBlock: "192.0.2.2" }), false);
    await record(database, [note("laptop", "192.0.2.1", start + DAY_MS - 1)], start);
    assert.equal(await countLines(database, "signin.succeeded"), 1);
    await record(database, [note("laptop", "192.0.2.1", start + DAY_MS)], start);
    assert.equal(await countLines(database, "signin.succeeded"), 2);
    await database.write("removeAccount", { name: "laptop", nowMs: 3, by: OPERATOR });
    assert.equal(await isProvenPair(database.read, { login: "laptop", addressBlock: "192.0.2.1" }), false);
  });

  on("of the pairs the oldest are forgotten: beyond an age, beyond a number for a login, and beyond a number of all", async (database) => {
    const bounds = { ageMs: 1000, perLogin: 2, most: 3 };
    const known = async (...pairs: [login: string, block: string][]) =>
      await Promise.all(pairs.map(([login, addressBlock]) => isProvenPair(database.read, { login, addressBlock })));
    await record(database, [note("a", "1", 1), note("a", "2", 2), note("a", "3", 3)], 10, bounds);
    assert.deepEqual(await known(["a", "1"], ["a", "2"], ["a", "3"]), [false, true, true]);
    await record(database, [note("b", "1", 4), note("c", "1", 5)], 10, bounds);
    assert.deepEqual(await known(["a", "2"], ["a", "3"], ["b", "1"], ["c", "1"]), [false, true, true, true]);
    await record(database, [], 1004, bounds);
    assert.deepEqual(await known(["a", "3"], ["b", "1"]), [false, true]);
  });
}

async function addAccount(database: Database, name: string) {
  return await database.write("addAccount", { name, login: name, secretHash: "$hash", grants: [], nowMs: 1, by: OPERATOR });
}

async function add(database: Database, input: Partial<AddAccountCredentialInput>): Promise<string> {
  const usual = { accountName: "laptop", word: undefined, kind: "password", secretHash: "$h", certificateName: undefined } as const;
  return await database.write("addAccountCredential", { ...usual, bounds: NO_BOUNDS, most: 100, nowMs: 1, by: OPERATOR, ...input });
}

function note(login: string, addressBlock: string, atMs: number): SignInNote {
  const times = { startedAtMs: atMs, endedAtMs: atMs };
  const actor = { kind: "account", name: login, login } as const;
  const operation: NewOperation = { kind: "signin.succeeded", status: "succeeded", ...times, actor, summary: "signed in" };
  return { login, addressBlock, atMs, operation };
}

async function record(
  database: Database,
  notes: readonly SignInNote[],
  nowMs: number,
  bounds: ProvenPairBounds = { ageMs: 1000 * DAY_MS, perLogin: 10, most: 100 },
): Promise<void> {
  await database.write("recordSignIns", { notes, nowMs, bounds });
}

async function countLines(database: Database, kind: OperationKind): Promise<number> {
  return (await database.read.selectFrom("operation").select("id").where("kind", "=", kind).execute()).length;
}
