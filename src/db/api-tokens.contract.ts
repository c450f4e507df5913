import assert from "node:assert/strict";
import { test } from "node:test";
import { OPERATOR } from "#model/actor.ts";
import { findApiTokenByDigest, findApiTokenByName } from "./api-tokens.ts";
import { assertRefusal, type ContractEngine } from "./contract-place.ts";
import { type Database, openDatabase } from "./database.ts";

/** What API tokens, and lists of what lies below several paths, promise on that engine. */
export function apiTokensContract({ name: engine, skip, makePlace }: Omit<ContractEngine, "accessDelayMs">): void {
  const on = (title: string, body: (database: Database) => Promise<void>) =>
    test(`${engine}: ${title}`, { skip: skip ?? false }, async () => {
      await using place = await makePlace();
      await using database = await openDatabase(place.options);
      await body(database);
    });

  on("a token is found by its digest and by its name in any case", async (database) => {
    const token = await add(database, "Grafana", { expiresAtMs: 90 });
    const fields = { scopes: ["read", "admin"], createdAtMs: 1, expiresAtMs: 90, disabledAtMs: undefined, lastUsedAtMs: undefined };
    assert.deepEqual(token, { id: token.id, name: "Grafana", ...fields });
    assert.deepEqual(await findApiTokenByDigest(database.read, "digest of Grafana"), token);
    assert.deepEqual(await findApiTokenByName(database.read, "GRAFANA"), token);
    assert.equal(await findApiTokenByDigest(database.read, "another"), undefined);
    assert.equal(await findApiTokenByName(database.read, "graf\0ana"), undefined);
  });

  on("a token's name is taken until the token is removed", async (database) => {
    await add(database, "grafana");
    await assertRefusal(add(database, "GRAFANA"), "already_exists", /called GRAFANA already/);
    await database.write("removeApiToken", { name: "Grafana", nowMs: 2, by: OPERATOR });
    assert.equal(await findApiTokenByDigest(database.read, "digest of grafana"), undefined);
    await assertRefusal(database.write("removeApiToken", { name: "grafana", nowMs: 2, by: OPERATOR }), "not_found", /grafana/);
    await add(database, "grafana");
  });

  on("a disabled token keeps the time since when, until it is enabled", async (database) => {
    const { id } = await add(database, "grafana");
    const set = (disabled: boolean, nowMs: number, name = "GRAFANA") =>
      database.write("setApiTokenDisabled", { name, disabled, nowMs, by: OPERATOR });
    await set(true, 5);
    await set(true, 6);
    assert.equal((await findApiTokenByName(database.read, "grafana"))?.disabledAtMs, 5);
    await set(false, 7);
    await set(false, 8);
    assert.equal((await findApiTokenByName(database.read, "grafana"))?.disabledAtMs, undefined);
    await assertRefusal(set(true, 9, "nobody"), "not_found", /nobody/);
    await database.write("touchApiToken", { id, nowMs: 11 });
    assert.equal((await findApiTokenByName(database.read, "grafana"))?.lastUsedAtMs, 11);
  });

  on("changes of tokens raise the version and stand in the timeline; use, and changes of nothing, do neither", async (database) => {
    let version = await database.accessVersion();
    const raises = async (expected: boolean, change: () => Promise<unknown>) => {
      await change();
      const next = await database.accessVersion();
      assert.equal(next > version, expected, change.toString());
      version = next;
    };
    const change = { name: "grafana", nowMs: 2, by: OPERATOR };
    await raises(true, () => add(database, "grafana"));
    await raises(false, () => add(database, "grafana").catch(() => {}));
    await raises(true, () => database.write("setApiTokenDisabled", { ...change, disabled: true }));
    await raises(false, () => database.write("setApiTokenDisabled", { ...change, disabled: true }));
    await raises(true, () => database.write("setApiTokenDisabled", { ...change, disabled: false }));
    await raises(false, () => database.write("touchApiToken", { id: 1, nowMs: 3 }));
    await raises(true, () => database.write("removeApiToken", change));
    const lines = await database.read.selectFrom("operation").select("summary").orderBy("change").execute();
    assert.deepEqual(
      lines.map(({ summary }) => summary),
      [
        "API token grafana was made, with the scopes read, admin",
        "API token grafana was disabled",
        "API token grafana was enabled",
        "API token grafana was removed",
      ],
    );
  });

  on("tokens are listed page by page by their names", async (database) => {
    for (const name of ["b", "Zed", "a"]) await add(database, name);
    const names = async (input: { readonly after?: string; readonly limit: number }) =>
      (await database.list("listApiTokens", input)).map(({ name }) => name);
    assert.deepEqual(await names({ limit: 2 }), ["a", "b"]);
    assert.deepEqual(await names({ limit: 2, after: "B" }), ["Zed"]);
    await assertRefusal(names({ limit: 1001 }), "invalid_input", /1000/);
  });

  on("repositories and grants are listed below several paths at once, and nothing beside them", async (database) => {
    const account = { secretHash: "$h", grants: [], nowMs: 1, by: OPERATOR };
    const laptop = await database.write("addAccount", { ...account, name: "laptop", login: "laptop" });
    await database.write("addAccount", { ...account, name: "nas", login: "nas" });
    for (const path of ["/a/", "/a/b/", "/a b/", "/a_/x/", "/b/", "/z/"]) {
      await database.write("rememberRepository", { path, home: "main", nowMs: 1, by: OPERATOR });
      await database.write("setGrant", { accountName: "nas", path, role: "read", nowMs: 1, by: OPERATOR });
    }
    await database.write("setGrant", { accountName: "laptop", path: "/q/", role: "read", nowMs: 1, by: OPERATOR });
    const below = ["/a/", "/z/"];
    const repositories = await database.list("listRepositories", { limit: 10, belowAny: below });
    assert.deepEqual(
      repositories.map(({ path }) => path),
      ["/a/", "/a/b/", "/z/"],
    );
    const after = await database.list("listRepositories", { limit: 10, belowAny: below, after: "/a/", below: "/a/" });
    assert.deepEqual(
      after.map(({ path }) => path),
      ["/a/b/"],
    );
    const grants = await database.list("listGrants", { limit: 10, visible: { accountId: laptop.id, below } });
    assert.deepEqual(
      grants.map(({ path, accountName }) => [path, accountName]),
      [
        ["/a/", "nas"],
        ["/a/b/", "nas"],
        ["/q/", "laptop"],
        ["/z/", "nas"],
      ],
    );
    assert.equal((await database.list("listGrants", { limit: 10, visible: { accountId: laptop.id, below: [] } })).length, 1);
  });
}

async function add(database: Database, name: string, { expiresAtMs }: { readonly expiresAtMs?: number } = {}) {
  const input = { name, secretSha256: `digest of ${name}`, scopes: ["read", "admin"] as const, expiresAtMs, nowMs: 1, by: OPERATOR };
  return await database.write("addApiToken", input);
}
