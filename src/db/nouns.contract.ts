import assert from "node:assert/strict";
import { test } from "node:test";
import { OPERATOR } from "#model/actor.ts";
import { findAccountByName } from "./accounts.ts";
import { assertRefusal, type ContractEngine } from "./contract-place.ts";
import { findCredentialByLogin, listLoginsOf } from "./credentials.ts";
import { type Database, openDatabase } from "./database.ts";
import { listGrantsOf } from "./grants.ts";
import { findRepository } from "./repositories.ts";

/** What accounts, credentials, repositories and grants promise, on that engine. */
export function nounsContract({ name: engine, skip, makePlace }: ContractEngine): void {
  const on = (title: string, body: (database: Database) => Promise<void>) =>
    test(`${engine}: ${title}`, { skip: skip ?? false }, async () => {
      await using place = await makePlace();
      await using database = await openDatabase(place.options);
      await body(database);
    });

  on("an account is found by its name in any case, with its credential and its grants", async (database) => {
    const grants = [
      { path: "/Laptop/", role: "maintain" },
      { path: "/", role: "read" },
    ] as const;
    const account = await database.write("addAccount", {
      name: "Laptop",
      login: "Laptop",
      secretHash: "$h",
      grants,
      nowMs: 1_790_000_000_000,
      by: OPERATOR,
    });
    assert.deepEqual(account, { id: account.id, name: "Laptop", createdAtMs: 1_790_000_000_000, disabledAtMs: undefined });
    assert.deepEqual(await findAccountByName(database.read, "lapTOP"), account);
    assert.deepEqual(await findCredentialByLogin(database.read, "LAPTOP"), {
      account,
      credential: {
        id: 1,
        accountId: account.id,
        login: "Laptop",
        kind: "password",
        secretHash: "$h",
        previousSecret: undefined,
        certificateName: undefined,
        label: undefined,
        createdAtMs: 1_790_000_000_000,
        expiresAtMs: undefined,
        disabledAtMs: undefined,
        addresses: [],
        mostRole: undefined,
        archiveScope: undefined,
      },
    });
    assert.deepEqual(await listGrantsOf(database.read, account.id), [
      { accountId: account.id, path: "/", role: "read" },
      { accountId: account.id, path: "/Laptop/", role: "maintain" },
    ]);
    assert.deepEqual(await listLoginsOf(database.read, account.id), ["Laptop"]);
    assert.equal(await findAccountByName(database.read, "nobody"), undefined);
    assert.equal(await findCredentialByLogin(database.read, "nobody"), undefined);
    assert.equal(await findCredentialByLogin(database.read, "lap\0top"), undefined);
    assert.equal(await findAccountByName(database.read, "lap\0top"), undefined);
  });

  on("a name or login that was ever in use is never given out again", async (database) => {
    await add(database, "Laptop", "first");
    await assertRefusal(add(database, "LAPTOP", "second"), "already_exists", /name LAPTOP/);
    await assertRefusal(add(database, "nas", "FIRST"), "already_exists", /login FIRST/);
    assert.equal(await findAccountByName(database.read, "nas"), undefined, "the refused account is not half there");

    await database.write("removeAccount", { name: "laptop", nowMs: 2, by: OPERATOR });
    await assertRefusal(add(database, "laptop", "third"), "already_exists", /name laptop/);
    await assertRefusal(add(database, "nas", "first"), "already_exists", /login first/);
    await add(database, "nas", "second");
    const long = `${"x".repeat(200)}\u00e4`;
    await add(database, long, long);
    await assertRefusal(add(database, long, "other"), "already_exists", /xxx\.\.\. is taken/);
  });

  on("a removed account is gone with its credentials and grants, and nothing can be done to it", async (database) => {
    const { id } = await add(database, "laptop", "laptop");
    await database.write("setGrant", { accountName: "laptop", path: "/x/", role: "read", nowMs: 1, by: OPERATOR });
    await database.write("removeAccount", { name: "LAPTOP", nowMs: 2, by: OPERATOR });
    assert.equal(await findAccountByName(database.read, "laptop"), undefined);
    assert.equal(await findCredentialByLogin(database.read, "laptop"), undefined);
    assert.deepEqual(await listGrantsOf(database.read, id), []);
    assert.deepEqual(await listLoginsOf(database.read, id), []);
    assert.deepEqual(await database.list("listAccounts", { limit: 10 }), []);
    for (const name of ["laptop", "nobody"]) {
      const grant = { accountName: name, path: "/x/", role: "read", nowMs: 3, by: OPERATOR } as const;
      await assertRefusal(database.write("removeAccount", { name, nowMs: 3, by: OPERATOR }), "not_found", new RegExp(name));
      await assertRefusal(database.write("disableAccount", { name, nowMs: 3, by: OPERATOR }), "not_found", new RegExp(name));
      await assertRefusal(database.write("enableAccount", { name, nowMs: 3, by: OPERATOR }), "not_found", new RegExp(name));
      await assertRefusal(database.write("setGrant", grant), "not_found", new RegExp(name));
      await assertRefusal(
        database.write("replaceCredentialSecret", { login: name, secretHash: "$", nowMs: 3, by: OPERATOR }),
        "not_found",
        new RegExp(name),
      );
      assert.equal(await database.write("removeGrant", { accountName: name, path: "/x/", nowMs: 3, by: OPERATOR }), false);
    }
  });

  on("a disabled account keeps the time since when, until it is enabled", async (database) => {
    await add(database, "laptop", "laptop");
    await database.write("disableAccount", { name: "laptop", nowMs: 5, by: OPERATOR });
    await database.write("disableAccount", { name: "laptop", nowMs: 6, by: OPERATOR });
    assert.equal((await findCredentialByLogin(database.read, "laptop"))?.account.disabledAtMs, 5);
    await database.write("enableAccount", { name: "laptop", nowMs: 7, by: OPERATOR });
    await database.write("enableAccount", { name: "laptop", nowMs: 8, by: OPERATOR });
    assert.equal((await findAccountByName(database.read, "laptop"))?.disabledAtMs, undefined);
  });

  on("a login gets another secret", async (database) => {
    await add(database, "laptop", "Laptop.nas");
    await database.write("replaceCredentialSecret", { login: "laptop.NAS", secretHash: "$new", nowMs: 9, by: OPERATOR });
    const found = await findCredentialByLogin(database.read, "laptop.nas");
    assert.equal(found?.credential.secretHash, "$new");
    assert.equal(found?.credential.createdAtMs, 1);
  });

  on("accounts are listed page by page in one order, with their logins", async (database) => {
    for (const name of ["b", "Zed", "ärger", "a", "C"]) await add(database, name, `${name}.login`);
    const first = await database.list("listAccounts", { limit: 2 });
    assert.deepEqual(
      first.map(({ name, logins }) => [name, logins]),
      [
        ["a", ["a.login"]],
        ["b", ["b.login"]],
      ],
    );
    const rest = await database.list("listAccounts", { after: "b", limit: 1000 });
    assert.deepEqual(
      rest.map(({ name }) => name),
      ["C", "Zed", "ärger"],
    );
    await assertRefusal(database.list("listAccounts", { limit: 1001 }), "invalid_input", /1000/);
    await assertRefusal(database.list("listAccounts", { limit: 0 }), "invalid_input", /1000/);
  });

  on("a repository is remembered once, with the home it got first", async (database) => {
    const repository = await database.write("rememberRepository", { path: "/laptop/", home: "main", nowMs: 1, by: OPERATOR });
    assert.deepEqual(repository, { path: "/laptop/", home: "main", createdAtMs: 1 });
    assert.deepEqual(await database.write("rememberRepository", { path: "/laptop/", home: "other", nowMs: 2, by: OPERATOR }), repository);
    assert.deepEqual(await findRepository(database.read, "/laptop/"), repository);
    assert.equal(await findRepository(database.read, "/LAPTOP/"), undefined);
  });

  on("repositories are listed in the byte order of their paths, also below one of them alone", async (database) => {
    const paths = ["/", "/a/", "/a/b/", "/a b/", "/a.b/", "/a_/", "/a%/", "/B/", "/a0/", "/ä/"];
    for (const path of paths) await database.write("rememberRepository", { path, home: "main", nowMs: 1, by: OPERATOR });
    const list = async (input: { readonly after?: string; readonly limit: number; readonly below?: string }) =>
      (await database.list("listRepositories", input)).map(({ path }) => path);
    const sorted = paths.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
    assert.deepEqual(await list({ limit: 100 }), sorted);
    assert.deepEqual(await list({ limit: 3, after: sorted[2] ?? "" }), sorted.slice(3, 6));
    assert.deepEqual(await list({ limit: 100, below: "/a/" }), ["/a/", "/a/b/"]);
    assert.deepEqual(await list({ limit: 100, below: "/a_/" }), ["/a_/"]);
    assert.deepEqual(await list({ limit: 100, below: "/" }), sorted);
    await assertRefusal(list({ limit: 1.5 }), "invalid_input", /1000/);
  });

  on("a grant replaces the one on the same path, and is taken back once", async (database) => {
    const laptop = await add(database, "Laptop", "laptop");
    const nas = await add(database, "nas", "nas");
    await database.write("setGrant", { accountName: "laptop", path: "/x/", role: "read", nowMs: 1, by: OPERATOR });
    await database.write("setGrant", { accountName: "LAPTOP", path: "/x/", role: "admin", nowMs: 2, by: OPERATOR });
    await database.write("setGrant", { accountName: "nas", path: "/x/", role: "backup", nowMs: 2, by: OPERATOR });
    await database.write("setGrant", { accountName: "nas", path: "/a/", role: "read", nowMs: 2, by: OPERATOR });
    const ofLaptop = { accountId: laptop.id, accountName: "Laptop", path: "/x/", role: "admin" };
    const ofNas = { accountId: nas.id, accountName: "nas", path: "/x/", role: "backup" };
    const ofNasOnA = { accountId: nas.id, accountName: "nas", path: "/a/", role: "read" };
    assert.deepEqual(await database.list("listGrants", { limit: 10 }), [ofNasOnA, ofLaptop, ofNas]);
    assert.deepEqual(await database.list("listGrants", { paths: ["/x/"], limit: 10 }), [ofLaptop, ofNas]);
    assert.deepEqual(await database.list("listGrants", { accountName: "NAS", limit: 10 }), [ofNasOnA, ofNas]);
    assert.deepEqual(await database.list("listGrants", { limit: 2 }), [ofNasOnA, ofLaptop]);
    assert.deepEqual(await database.list("listGrants", { after: ofLaptop, limit: 2 }), [ofNas]);
    assert.deepEqual(await database.list("listGrants", { accountName: "nas", paths: ["/a/"], limit: 10 }), [ofNasOnA]);

    assert.equal(await database.write("removeGrant", { accountName: "Nas", path: "/x/", nowMs: 3, by: OPERATOR }), true);
    assert.equal(await database.write("removeGrant", { accountName: "Nas", path: "/x/", nowMs: 3, by: OPERATOR }), false);
    assert.deepEqual(await database.list("listGrants", { paths: ["/x/"], limit: 10 }), [ofLaptop]);
  });

  on("every change of who may do what raises the version, and a refusal or a change of nothing does not", async (database) => {
    let version = await database.accessVersion();
    const raises = async (expected: boolean, change: () => Promise<unknown>) => {
      await change();
      const next = await database.accessVersion();
      assert.equal(next > version, expected, change.toString());
      version = next;
    };
    const laptop = { name: "laptop", nowMs: 2, by: OPERATOR };
    const grant = { accountName: "laptop", path: "/x/", nowMs: 2, by: OPERATOR };
    const repository = { path: "/laptop/", home: "main", nowMs: 2, by: OPERATOR };
    await raises(true, () => add(database, "laptop", "laptop"));
    await raises(false, () => add(database, "laptop", "laptop").catch(() => {}));
    await raises(true, () => database.write("disableAccount", laptop));
    await raises(false, () => database.write("disableAccount", laptop));
    await raises(true, () => database.write("enableAccount", laptop));
    await raises(true, () => database.write("replaceCredentialSecret", { login: "laptop", secretHash: "$new", nowMs: 2, by: OPERATOR }));
    await raises(true, () => database.write("rememberRepository", repository));
    await raises(false, () => database.write("rememberRepository", repository));
    await raises(true, () => database.write("setGrant", { ...grant, role: "read" }));
    await raises(true, () => database.write("removeGrant", grant));
    await raises(false, () => database.write("removeGrant", grant));
    await raises(true, () => database.write("removeAccount", laptop));
  });
}

async function add(database: Database, name: string, login: string) {
  return await database.write("addAccount", { name, login, secretHash: "$hash", grants: [], nowMs: 1, by: OPERATOR });
}
