import assert from "node:assert/strict";
import { test } from "node:test";
import { OPERATOR } from "#model/actor.ts";
import { isNameUsed } from "./accounts.ts";
import { assertRefusal, type ContractEngine } from "./contract-place.ts";
import { findCredentialByLogin } from "./credentials.ts";
import { type Database, openDatabase } from "./database.ts";
import { listEntryPaths } from "./entry-paths.ts";

const CHANGE = { nowMs: 5, by: OPERATOR } as const;
const OLD = { prefix: "restic/old", folder: "/srv/restic", mount: "/srv" } as const;

/** What parts of an entry that lie elsewhere promise, and what an import needs besides, on that engine. */
export function entryPathsContract({ name: engine, skip, makePlace }: ContractEngine): void {
  const on = (title: string, body: (database: Database) => Promise<void>) =>
    test(`${engine}: ${title}`, { skip: skip ?? false }, async () => {
      await using place = await makePlace();
      await using database = await openDatabase(place.options);
      await body(database);
    });
  const add = (database: Database, path: { prefix: string; folder: string; mount: string | undefined }) =>
    database.write("addEntryPath", { entry: "main", ...path, ...CHANGE });

  on("a part of an entry is kept elsewhere, once, until it is given back, and each change raises the version", async (database) => {
    const before = await database.accessVersion();
    assert.equal(await add(database, OLD), true);
    assert.equal(await add(database, OLD), false);
    const other = { prefix: "restic/nas", folder: "/mnt/nas", mount: undefined };
    assert.equal(await add(database, other), true);
    assert.deepEqual(await listEntryPaths(database.read, "main"), [other, OLD]);
    assert.deepEqual(await listEntryPaths(database.read, "offsite"), []);
    const between = await database.accessVersion();
    assert.ok(between > before);

    assert.equal(await database.write("removeEntryPath", { entry: "main", prefix: "restic/old", ...CHANGE }), true);
    assert.equal(await database.write("removeEntryPath", { entry: "main", prefix: "restic/old", ...CHANGE }), false);
    assert.deepEqual(await listEntryPaths(database.read, "main"), [other]);
    assert.ok((await database.accessVersion()) > between);
  });

  on("parts or folders that lie in one another are refused, and neighbours of like names are not", async (database) => {
    await add(database, OLD);
    for (const [prefix, folder] of [
      ["restic", "/a"],
      ["restic/old/deeper", "/a"],
      ["restic/old", "/a"],
      ["restic/new", "/srv"],
      ["restic/new", "/srv/restic/inner"],
      ["restic/new", "/"],
    ] as const) {
      await assertRefusal(add(database, { prefix, folder, mount: undefined }), "already_exists", /restic\/old/);
    }
    assert.equal(await add(database, { prefix: "restic/older", folder: "/srv/restic2", mount: undefined }), true);
  });

  on("an imported hash is replaced by our own only while it is still the one that was proven", async (database) => {
    const account = { name: "laptop", login: "laptop", secretHash: "$2y$old", grants: [], ...CHANGE };
    await database.write("addAccount", account);
    const hashNow = async () => (await findCredentialByLogin(database.read, "laptop"))?.credential.secretHash;
    const id = (await findCredentialByLogin(database.read, "laptop"))?.credential.id ?? 0;
    const before = await database.accessVersion();
    assert.equal(await database.write("strengthenCredential", { id, formerHash: "$2y$old", secretHash: "$argon2id$1", ...CHANGE }), true);
    assert.equal(await hashNow(), "$argon2id$1");
    assert.ok((await database.accessVersion()) > before);

    // A rotation came between the sign-in and this write.
    await database.write("replaceCredentialSecret", { login: "laptop", secretHash: "$argon2id$rotated", ...CHANGE });
    assert.equal(await database.write("strengthenCredential", { id, formerHash: "$argon2id$1", secretHash: "$x", ...CHANGE }), false);
    assert.equal(await hashNow(), "$argon2id$rotated");
    assert.equal(await database.write("strengthenCredential", { id: id + 1, formerHash: "$2y$old", secretHash: "$x", ...CHANGE }), false);
  });

  on("a name is used for good, as an account's or as a login", async (database) => {
    await database.write("addAccount", { name: "laptop", login: "laptop.home", secretHash: "$h", grants: [], ...CHANGE });
    await database.write("removeAccount", { name: "laptop", ...CHANGE });
    for (const name of ["LAPTOP", "laptop.home"]) assert.equal(await isNameUsed(database.read, name), true, name);
    assert.equal(await isNameUsed(database.read, "lap"), false);
  });
}
