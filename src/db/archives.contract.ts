import assert from "node:assert/strict";
import { test } from "node:test";
import { OPERATOR } from "#model/actor.ts";
import { findArchiveAccount, findArchiveUse } from "./archive-accounts.ts";
import type { BeginArchiveInput } from "./archive-changes.ts";
import { listArchiveHolds } from "./archive-holds.ts";
import { findArchive, findNewestOrdinal, listArchives, listDueArchives, listOrphanedArchives } from "./archives.ts";
import { assertRefusal, type ContractEngine } from "./contract-place.ts";
import { type Database, openDatabase } from "./database.ts";
import { findQuota } from "./quotas.ts";

const BY = { nowMs: 1, by: OPERATOR };
const DAY_MS = 86_400_000;
const SHA = "ab".repeat(32);

/** What archives, from their first byte to their last, promise on that engine. */
export function archivesContract({ name: engine, skip, makePlace }: Omit<ContractEngine, "accessDelayMs">): void {
  const on = (title: string, body: (database: Database, accountId: number) => Promise<void>) =>
    test(`${engine}: ${title}`, { skip: skip ?? false }, async () => {
      await using place = await makePlace();
      await using database = await openDatabase(place.options);
      const { id } = await database.write("addArchiveAccount", { ...BY, name: "router", login: "ABCD2345", ...SECRET, settings: {} });
      await database.write("registerQuotaProcess", { process: "hub" });
      await body(database, id);
    });

  on("an archive is there from its completion until it expires", async (database, accountId) => {
    const by = { accountId, door: "restbackup", name: "/a" } as const;
    const { id } = await begin(database, accountId);
    assert.equal(await findArchive(database.read, by), undefined);
    const archive = await complete(database, id, { nowMs: 5_999 });
    assert.deepEqual(archive, {
      ...{ id, accountId, door: "restbackup", name: "/a", storedName: "a", sizeBytes: 7, sha256: SHA },
      ...{ createdAtMs: 5_000, expiresAtMs: 5_000 + DAY_MS, ordinal: 1, expiredAtMs: undefined },
    });
    assert.deepEqual(await findArchive(database.read, by), archive);
    assert.equal(await database.write("expireArchive", { id, nowMs: 9 }), true);
    assert.equal(await database.write("expireArchive", { id, nowMs: 10 }), false);
    assert.equal(await findArchive(database.read, by), undefined);
  });

  on(
    "two that arrive under one name: the first to complete has it, and it is free again when that one expires",
    async (database, accountId) => {
      const first = await begin(database, accountId);
      const second = await begin(database, accountId);
      assert.deepEqual([first.storedName, second.storedName], ["a", "a~2"]);
      await complete(database, second.id);
      await assertRefusal(complete(database, first.id), "already_exists", /stored already/);
      assert.equal(await database.write("takeBackArchive", { id: second.id, process: "hub", by: "hub" }), false, "it is there");
      assert.equal(await database.write("abandonArchive", { id: first.id, by: "hub" }), false, "its file may still be there");
      assert.equal(await database.write("takeBackArchive", { id: first.id, process: "hub", by: "hub" }), true);
      assert.equal(await database.write("abandonArchive", { id: first.id, by: "hub" }), true);
      assert.equal(await database.write("abandonArchive", { id: first.id, by: "hub" }), false);
      await database.write("expireArchive", { id: second.id, nowMs: 9 });
      const third = await begin(database, accountId);
      assert.equal(third.storedName, "a", "that of the one given up");
      await complete(database, third.id);
    },
  );

  on("a file keeps its name to itself until it has left its place", async (database, accountId) => {
    const { id } = await begin(database, accountId);
    await complete(database, id);
    assert.equal(await database.write("claimExpiredArchive", { id, by: "hub" }), false, "it is live");
    await database.write("expireArchive", { id, nowMs: 9 });
    const second = await begin(database, accountId);
    assert.equal(second.storedName, "a~2");
    await leave(database, id);
    assert.equal(await database.write("claimExpiredArchive", { id, by: "hub" }), false, "it has left");
    await database.write("archiveLeft", { id, by: "hub", nowMs: 11 });
    assert.equal((await begin(database, accountId)).storedName, "a");
    assert.deepEqual(await findArchiveUse(database.read, accountId), { usedBytes: 14, usedFiles: 2 });
  });

  on("one process at a time moves an expired file, and what a dead one had in hand is free again", async (database, accountId) => {
    const { id } = await begin(database, accountId);
    await complete(database, id);
    await database.write("expireArchive", { id, nowMs: 9 });
    const claim = (by: string) => database.write("claimExpiredArchive", { id, by });
    assert.deepEqual([await claim("hub"), await claim("hub"), await claim("other")], [true, true, false]);
    await database.write("archiveLeft", { id, by: "other", nowMs: 9 });
    assert.equal((await findArchiveUse(database.read, accountId)).usedFiles, 1);
    await database.write("releaseExpiredArchive", { id, by: "hub" });
    assert.equal(await claim("other"), true);
    await database.write("releaseExpiredArchive", { id, by: "other" });
    await claim("hub");
    await database.write("buryQuotaProcesses", { processes: ["hub"], nowMs: 1 });
    assert.deepEqual(await listOrphanedArchives(database.read, { after: 0, limit: 9 }), []);
    assert.equal(await claim("other"), true);
  });

  on("a hold that came in between keeps an archive live", async (database, accountId) => {
    const { id } = await begin(database, accountId, { name: "/db/1" });
    await complete(database, id);
    const add = (namePrefix: string, isExact: boolean) =>
      database.write("addArchiveHold", { ...BY, accountName: "router", namePrefix, isExact, reason: "x" });
    for (const [prefix, isExact] of [
      ["/db/", false],
      ["/db/1", true],
      ["", false],
    ] as const) {
      const hold = await add(prefix, isExact);
      assert.equal(await database.write("expireArchive", { id, nowMs: 9 }), false, prefix);
      await database.write("removeArchiveHold", { ...BY, id: hold.id });
    }
    await add("/db", true);
    await add("/db/1_", false);
    assert.equal(await database.write("expireArchive", { id, nowMs: 9 }), true);
  });

  on("times are whole seconds and never go back, in the order of completion", async (database, accountId) => {
    const ids = [];
    for (const name of ["/a", "/b", "/c"]) ids.push((await begin(database, accountId, { name, storedNames: stored(name.slice(1)) })).id);
    const [a = 0, b = 0, c = 0] = ids;
    await complete(database, b, { nowMs: 8_700 });
    await complete(database, a, { nowMs: 3_000 });
    await complete(database, c, { nowMs: 9_100 });
    const upTo = await findNewestOrdinal(database.read, accountId);
    assert.equal(upTo, 3);
    const listed = await listArchives(database.read, { accountId, door: "restbackup", after: 0, upTo, limit: 10 });
    assert.deepEqual(
      listed.map(({ name, createdAtMs, ordinal }) => [name, createdAtMs, ordinal]),
      [
        ["/b", 8_000, 1],
        ["/a", 8_000, 2],
        ["/c", 9_000, 3],
      ],
    );
    const page = await listArchives(database.read, { accountId, door: "restbackup", after: 1, upTo: 2, limit: 10 });
    assert.deepEqual(
      page.map(({ name }) => name),
      ["/a"],
    );
  });

  on("what arrives counts for the account and the hub from its first byte, and nothing passes a quota", async (database, accountId) => {
    await database.write("setQuota", { ...BY, scope: { kind: "account", name: "router" }, softBytes: null, hardBytes: 20, summary: "" });
    const { id } = await begin(database, accountId, { sizeBytes: 15 });
    const refused = await database.write("beginArchive", { ...input(accountId), sizeBytes: 6 });
    assert.deepEqual(refused, { ...refused, kind: "refused", scope: "account", key: `${accountId}`, hardBytes: 20, usedBytes: 15 });
    assert.equal((await database.write("growArchive", { id, process: "hub", bytes: 5 })).kind, "grown");
    assert.equal((await database.write("growArchive", { id, process: "hub", bytes: 1 })).kind, "refused");
    assert.equal((await findQuota(database.read, { kind: "hub" }, undefined))?.usedBytes, 20);
    await complete(database, id, { sizeBytes: 12 });
    assert.deepEqual(await findArchiveUse(database.read, accountId), { usedBytes: 12, usedFiles: 1 });
    await begin(database, accountId, { sizeBytes: 8 });
  });

  on("of fifty that want the last room at once, as many get it as there is", async (database, accountId) => {
    await database.write("setQuota", { ...BY, scope: { kind: "hub" }, softBytes: null, hardBytes: 70, summary: "" });
    const begun = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        database.write("beginArchive", { ...input(accountId), name: `/${index}`, storedNames: stored(`${index}`) }),
      ),
    );
    assert.equal(begun.filter(({ kind }) => kind === "begun").length, 10);
    assert.equal(begun.filter(({ kind }) => kind === "refused").length, 40);
  });

  on("an account has no more files than it may", async (database, accountId) => {
    await database.write("changeArchiveAccount", { ...BY, accountName: "router", settings: { mostFiles: 1 } });
    await begin(database, accountId);
    assert.deepEqual(await database.write("beginArchive", input(accountId)), { kind: "files", mostFiles: 1 });
  });

  on("what a process leaves behind is nobody's, and can be given up", async (database, accountId) => {
    const { id } = await begin(database, accountId);
    await database.write("buryQuotaProcesses", { processes: ["hub"], nowMs: 1 });
    await assertRefusal(complete(database, id), "unavailable", /send it again/);
    assert.deepEqual(await listOrphanedArchives(database.read, { after: 0, limit: 9 }), [
      { id, accountName: "router", door: "restbackup", storedName: "a" },
    ]);
    await database.write("registerQuotaProcess", { process: "next" });
    assert.equal(await database.write("takeBackArchive", { id, process: "", by: "next" }), true);
    assert.equal(await database.write("takeBackArchive", { id, process: "", by: "other" }), false);
    await database.write("endQuotaProcess", { process: "next" }); // before it was done
    assert.equal((await listOrphanedArchives(database.read, { after: 0, limit: 9 })).length, 1);
    await database.write("takeBackArchive", { id, process: "", by: "other" });
    assert.equal(await database.write("abandonArchive", { id, by: "other" }), true);
    assert.deepEqual(await findArchiveUse(database.read, accountId), { usedBytes: 0, usedFiles: 0 });
  });

  on(
    "those whose time is over are listed the longest over first, also when they have expired and are still in their place",
    async (database, accountId) => {
      const ids = [];
      for (const name of ["/a", "/b", "/c"]) {
        const { id } = await begin(database, accountId, { name, storedNames: stored(name.slice(1)) });
        await complete(database, id, { nowMs: 1_000 * (10 - ids.length), retainMs: name === "/a" ? 5_000 : 1_000 });
        ids.push(id);
      }
      const [a = 0, b = 0, c = 0] = ids;
      await database.write("expireArchive", { id: b, nowMs: 9 });
      const due = await listDueArchives(database.read, { beforeMs: 11_000, limit: 9 });
      assert.deepEqual(
        due.map(({ id }) => id),
        [b, c],
      );
      assert.deepEqual(
        (await listDueArchives(database.read, { beforeMs: 15_000, after: due[1], limit: 9 })).map(({ id }) => id),
        [a],
      );
      await leave(database, b);
      assert.deepEqual(
        (await listDueArchives(database.read, { beforeMs: 11_000, limit: 9 })).map(({ id }) => id),
        [c],
      );
    },
  );

  on("compliance is never left, and its days only grow", async (database, accountId) => {
    const set = (settings: object) => database.write("changeArchiveAccount", { ...BY, accountName: "ROUTER", settings });
    await set({ retainDays: 60, retentionMode: "compliance" });
    await assertRefusal(set({ retentionMode: "governance" }), "forbidden", /never left/);
    await assertRefusal(set({ retainDays: 59 }), "forbidden", /60/);
    await set({ retainDays: 61, suspendedReason: "unpaid" });
    const { retainDays, retentionMode, suspended } = (await findArchiveAccount(database.read, accountId)) ?? {};
    assert.deepEqual([retainDays, retentionMode, suspended], [61, "compliance", { sinceMs: 1, reason: "unpaid" }]);
  });

  on("an account stays while archives of it must", async (database, accountId) => {
    const remove = () => database.write("removeAccount", { ...BY, name: "router" });
    const { id } = await begin(database, accountId);
    await complete(database, id);
    const hold = await database.write("addArchiveHold", { ...BY, accountName: "router", namePrefix: "", isExact: false, reason: "x" });
    await assertRefusal(remove(), "forbidden", /can only be disabled/);
    await database.write("removeArchiveHold", { ...BY, id: hold.id });
    await database.write("changeArchiveAccount", { ...BY, accountName: "router", settings: { retentionMode: "compliance" } });
    await assertRefusal(remove(), "forbidden", /can only be disabled/);
    await database.write("expireArchive", { id, nowMs: 9 });
    await leave(database, id);
    await remove();
  });

  on("a login for archives belongs to an account that may have others", async (database) => {
    const { id } = await database.write("addAccount", { ...BY, name: "laptop", login: "laptop", secretHash: "$", grants: [] });
    assert.equal(await findArchiveAccount(database.read, id), undefined);
    const bounds = { label: null, expiresAtMs: null, addresses: [], mostRole: null };
    const add = (login: string, most = 9) =>
      database.write("addArchiveCredential", { ...BY, ...SECRET, accountName: "laptop", login, bounds, most });
    await add("BCDE3456");
    await assertRefusal(add("bcde3456"), "already_exists", /bcde3456/);
    await assertRefusal(add("CDEF4567", 2), "invalid_input", /2 credentials/);
    assert.equal((await findArchiveAccount(database.read, id))?.retainDays, 365);
  });

  on("holds are an account's own", async (database, accountId) => {
    const hold = await database.write("addArchiveHold", { ...BY, accountName: "router", namePrefix: "/a", isExact: true, reason: "x" });
    assert.deepEqual(await listArchiveHolds(database.read, accountId), [hold]);
    assert.deepEqual(await listArchiveHolds(database.read, accountId + 1), []);
    await database.write("removeArchiveHold", { ...BY, id: hold.id });
    assert.deepEqual(await listArchiveHolds(database.read, accountId), []);
    await assertRefusal(database.write("removeArchiveHold", { ...BY, id: hold.id }), "not_found", /no hold/);
  });
}

const SECRET = { secretHash: "$", archiveScope: "full" } as const;

function stored(name: string) {
  return [name, `${name}~2`, `${name}~3`].map((candidate) => ({ name: candidate, folded: candidate }));
}

function input(accountId: number): BeginArchiveInput {
  const what = { name: "/a", storedNames: stored("a"), sizeBytes: 7, contentType: undefined };
  return { accountId, door: "restbackup", ...what, login: "ABCD2345", process: "hub", nowMs: 1 };
}

async function begin(database: Database, accountId: number, changes: Partial<BeginArchiveInput> = {}) {
  const begun = await database.write("beginArchive", { ...input(accountId), ...changes });
  if (begun.kind !== "begun") throw new Error(`not begun: ${begun.kind}`);
  return begun;
}

async function leave(database: Database, id: number): Promise<void> {
  assert.equal(await database.write("claimExpiredArchive", { id, by: "hub" }), true);
  await database.write("archiveLeft", { id, by: "hub", nowMs: 9 });
}

async function complete(database: Database, id: number, changes: { sizeBytes?: number; nowMs?: number; retainMs?: number } = {}) {
  return await database.write("completeArchive", {
    id,
    process: "hub",
    sizeBytes: 7,
    sha256: SHA,
    retainMs: DAY_MS,
    nowMs: 1_000,
    ...changes,
  });
}
