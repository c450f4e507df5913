import assert from "node:assert/strict";
import { test } from "node:test";
import { OPERATOR } from "#model/actor.ts";
import { cleanUpReserveOf, noUse, type QuotaScope } from "#model/quota.ts";
import { assertRefusal, type ContractEngine } from "./contract-place.ts";
import { type Database, openDatabase } from "./database.ts";
import type { UseChange } from "./flush-use.ts";
import { findQuota } from "./quotas.ts";
import { findRepositoryUse } from "./repository-use.ts";

const MiB = 1024 * 1024;

/** What counters and quotas promise, on that engine. */
export function quotasContract({ name: engine, skip, makePlace }: ContractEngine): void {
  const on = (title: string, body: (database: Database, other: Database) => Promise<void>) =>
    test(`${engine}: ${title}`, { skip: skip ?? false, timeout: 60_000 }, async () => {
      await using place = await makePlace();
      await using database = await openDatabase(place.options);
      await using other = await openDatabase(place.options);
      await body(database, other);
    });

  on("processes that draw at once never get more together than a quota has, to the byte", async (database, other) => {
    await remember(database, "/a/");
    await setQuota(database, { kind: "hub" }, 1000);
    for (const process of ["one", "two"]) await database.write("registerQuotaProcess", { process });
    const draws = await Promise.all(
      Array.from({ length: 40 }, (_, index) => draw(index % 2 === 0 ? database : other, index % 2 === 0 ? "one" : "two", "/a/", 33)),
    );
    const granted = draws.map((drawn) => (drawn.kind === "granted" ? drawn.bytes : 0));
    assert.equal(
      granted.reduce((sum, bytes) => sum + bytes, 0),
      990,
    );
    assert.equal((await findQuota(database.read, { kind: "hub" }, undefined))?.drawnBytes, 990);
    const refused = draws.find((drawn) => drawn.kind === "refused");
    assert.ok(refused?.kind === "refused" && refused.othersHold && refused.hardBytes === 1000);
    assert.equal((await draw(other, "two", "/a/", 10)).kind, "granted");
    assert.equal((await draw(other, "two", "/a/", 1)).kind, "refused");
  });

  on("a block is one hundredth of what is left, at most 256 MiB, and the exact need near the end", async (database) => {
    await remember(database, "/a/");
    await database.write("registerQuotaProcess", { process: "one" });
    await setQuota(database, { kind: "repository", path: "/a/" }, 100 * 1000 * MiB);
    assert.deepEqual(await draw(database, "one", "/a/", 1), { kind: "granted", bytes: 256 * MiB });
    await setQuota(database, { kind: "repository", path: "/a/" }, 256 * MiB + 1000 * MiB);
    assert.deepEqual(await draw(database, "one", "/a/", 1), { kind: "granted", bytes: 10 * MiB });
    await setQuota(database, { kind: "repository", path: "/a/" }, 266 * MiB + 16);
    assert.deepEqual(await draw(database, "one", "/a/", 16), { kind: "granted", bytes: 16 });
  });

  on("each of repository, owner and hub is asked, and a repository beside does not matter", async (database) => {
    const account = await addAccount(database, "laptop");
    await remember(database, "/laptop/one/");
    await remember(database, "/laptop/two/");
    await database.write("registerQuotaProcess", { process: "one" });
    await setQuota(database, { kind: "account", name: "LAPTOP" }, 100);
    await setQuota(database, { kind: "repository", path: "/laptop/one/" }, 60);
    const drawAs = (path: string, leastBytes: number) => draw(database, "one", path, leastBytes, account);
    const first = await drawAs("/laptop/one/", 61);
    assert.ok(first.kind === "refused" && first.scope === "repository" && !first.othersHold);
    assert.equal((await drawAs("/laptop/one/", 60)).kind, "granted");
    const second = await drawAs("/laptop/two/", 41);
    assert.ok(second.kind === "refused" && second.scope === "account" && second.drawnBytes === 60);
    assert.equal((await drawAs("/laptop/two/", 40)).kind, "granted");
    assert.equal((await draw(database, "one", "/elsewhere/", 1_000_000)).kind, "unlimited");
    await setQuota(database, { kind: "hub" }, 99);
    assert.equal((await draw(database, "one", "/elsewhere/", 1)).kind, "refused");
  });

  on("of several hard quotas the tightest bounds what is drawn, whichever it is and whichever was set first", async (database) => {
    await remember(database, "/a/");
    await database.write("registerQuotaProcess", { process: "one" });
    await database.write("flushUse", { process: "one", number: 1, nowMs: 1, trashBytes: 0, changes: [stored("/a/", null, 10, 0)] });
    const scopes: readonly QuotaScope[] = [{ kind: "repository", path: "/a/" }, { kind: "hub" }];
    for (const tight of scopes) {
      for (const order of [scopes, scopes.toReversed()]) {
        const what = `tight: ${tight.kind}, first: ${order[0]?.kind}`;
        for (const scope of scopes) await database.write("setQuota", { ...asked, scope, softBytes: null, hardBytes: null });
        for (const scope of order) await setQuota(database, scope, scope === tight ? 60 : 10 * 1024 * MiB);
        const process = what;
        await database.write("registerQuotaProcess", { process });
        const drawn = await database.write("drawQuota", {
          process,
          path: "/a/",
          ownerId: null,
          leastBytes: 10,
          wantBytes: MiB,
          cleanUp: false,
        });
        assert.deepEqual(drawn, { kind: "granted", bytes: 50 }, what);
        await database.write("endQuotaProcess", { process });
      }
    }
  });

  on("whoever cleans up may pass a hard quota by the reserve and no byte more", async (database) => {
    await remember(database, "/a/");
    await database.write("registerQuotaProcess", { process: "one" });
    await setQuota(database, { kind: "hub" }, 1000);
    const reserve = cleanUpReserveOf(1000);
    const cleanUp = (leastBytes: number) =>
      database.write("drawQuota", { process: "one", path: "/a/", ownerId: null, leastBytes, wantBytes: leastBytes, cleanUp: true });
    assert.equal((await cleanUp(1000 + reserve + 1)).kind, "refused");
    assert.deepEqual(await cleanUp(1000 + reserve), { kind: "granted", bytes: 1000 + reserve });
    assert.equal((await draw(database, "one", "/a/", 1)).kind, "refused");
  });

  on("what is written down is counted once, also when the same batch comes again, and leaves the block", async (database) => {
    const account = await addAccount(database, "laptop");
    await remember(database, "/laptop/");
    await database.write("registerQuotaProcess", { process: "one" });
    await setQuota(database, { kind: "hub" }, 1000);
    await draw(database, "one", "/laptop/", 500, account);
    const batch = { process: "one", number: 1, nowMs: 5, trashBytes: 7, changes: [stored("/laptop/", account, 300, 400)] };
    for (const _ of [1, 2]) assert.equal(await database.write("flushUse", batch), true);
    const listed = await findRepositoryUse(database.read, "/laptop/");
    assert.deepEqual(listed, {
      path: "/laptop/",
      ownerName: "laptop",
      use: { ...noUse(), data: { count: 1, sizeBytes: 300 }, locks: { count: 1, sizeBytes: 9 } },
      lastSnapshotAtMs: 4,
      countedAtMs: 1,
      softBytes: undefined,
      hardBytes: undefined,
    });
    assert.deepEqual(await database.list("listRepositoryUse", { limit: 5 }), [listed]);
    assert.deepEqual(await database.list("listRepositoryUse", { after: "/laptop/", limit: 5 }), []);
    const hub = await findQuota(database.read, { kind: "hub" }, undefined);
    assert.deepEqual([hub?.usedBytes, hub?.drawnBytes], [307, 100], "locks do not count, the trash does");
    const own = await findQuota(database.read, { kind: "account", name: "laptop" }, account);
    assert.equal(own?.usedBytes, 300);

    const nas = await addAccount(database, "nas");
    await database.write("setQuota", { scope: { kind: "account", name: "nas" }, softBytes: 1, hardBytes: 5, ...asked });
    assert.deepEqual(await database.list("readHubUse", {}), {
      usedBytes: 307,
      trashBytes: 7,
      hardBytes: 1000,
      repositories: 1,
      accounts: 2,
    });
    const [laptopUse, nasUse] = [
      { id: account, name: "laptop", usedBytes: 300, hardBytes: undefined },
      { id: nas, name: "nas", usedBytes: 0, hardBytes: 5 },
    ];
    assert.deepEqual(await database.list("listAccountUse", { limit: 5 }), [laptopUse, nasUse]);
    assert.deepEqual(await database.list("listAccountUse", { limit: 5, after: account }), [nasUse]);
    assert.deepEqual(await database.list("listAccountUse", { limit: 5, after: nas }), []);
  });

  on("a process that ended without a word leaves its block drawn until the repository is counted", async (database, other) => {
    await remember(database, "/a/");
    await setQuota(database, { kind: "hub" }, 100);
    for (const process of ["dead", "alive"]) await database.write("registerQuotaProcess", { process });
    await draw(database, "dead", "/a/", 80);
    await Promise.all([
      database.write("buryQuotaProcesses", { processes: ["dead"], nowMs: 9 }),
      other.write("buryQuotaProcesses", { processes: ["dead"], nowMs: 9 }),
    ]);
    assert.equal((await draw(database, "alive", "/a/", 21)).kind, "uncounted");
    assert.equal((await draw(database, "alive", "/a/", 101)).kind, "refused");
    assert.equal((await draw(database, "dead", "/a/", 1)).kind, "unknown");
    assert.equal(
      await database.write("flushUse", { process: "dead", number: 1, nowMs: 1, trashBytes: 0, changes: [stored("/a/", null, 5, 5)] }),
      false,
    );
    const due = { after: "", limit: 10, beforeMs: 0, nowMs: 9 };
    assert.deepEqual(await database.list("listDueRecounts", due), [{ path: "/a/" }]);

    assert.deepEqual(await database.write("claimRecount", { path: "/a/", process: "alive", nowMs: 9 }), { alone: true });
    const counted = { use: { ...noUse(), data: { count: 3, sizeBytes: 60 } }, newestSnapshotAtMs: undefined, folderMark: undefined };
    const change = { ...stored("/a/", null, 0, 0), delta: noUse(), lastSnapshotAtMs: undefined, counted };
    await database.write("flushUse", { process: "alive", number: 1, nowMs: 9, trashBytes: 0, changes: [change] });
    assert.equal((await findRepositoryUse(database.read, "/a/"))?.use.data.sizeBytes, 60);
    assert.deepEqual(await database.list("listDueRecounts", due), []);
    assert.equal((await draw(database, "alive", "/a/", 40)).kind, "granted");
    assert.equal((await draw(database, "alive", "/a/", 1)).kind, "refused");
  });

  on("a count is thrown away when another process has changed something meanwhile, and its change is kept", async (database) => {
    await remember(database, "/a/");
    for (const process of ["counts", "stores"]) await database.write("registerQuotaProcess", { process });
    const claim = { path: "/a/", process: "counts", nowMs: 9 };
    assert.deepEqual(await database.write("claimRecount", claim), { alone: false });
    assert.equal(await database.write("claimRecount", { ...claim, process: "stores" }), false);
    await database.write("flushUse", { process: "stores", number: 1, nowMs: 1, trashBytes: 0, changes: [stored("/a/", null, 5, 0)] });
    const counted = { use: { ...noUse(), data: { count: 9, sizeBytes: 99 } }, newestSnapshotAtMs: undefined, folderMark: undefined };
    const change = { ...stored("/a/", null, 7, 0), counted };
    await database.write("flushUse", { process: "counts", number: 1, nowMs: 1, trashBytes: 0, changes: [change] });
    assert.deepEqual((await findRepositoryUse(database.read, "/a/"))?.use.data, { count: 2, sizeBytes: 12 });
    assert.deepEqual(await database.write("claimRecount", claim), { alone: false }, "it may be tried again");
  });

  on("what comes late from a process that was taken for dead has its repository counted again", async (database) => {
    for (const path of ["/a/", "/b/"]) await remember(database, path);
    for (const process of ["late", "alive"]) await database.write("registerQuotaProcess", { process });
    await database.write("buryQuotaProcesses", { processes: ["late"], nowMs: 9 });
    for (const path of ["/a/", "/b/"]) {
      await database.write("claimRecount", { path, process: "alive", nowMs: 9 });
      await database.write("confirmCount", { path, process: "alive", nowMs: 9 });
    }
    const due = { after: "", limit: 10, beforeMs: 0, nowMs: 9 };
    assert.deepEqual(await database.list("listDueRecounts", due), []);
    const batch = { process: "late", number: 1, nowMs: 9, trashBytes: 0, changes: [stored("/a/", null, 5, 0)] };
    assert.equal(await database.write("flushUse", batch), false);
    assert.deepEqual(await database.list("listDueRecounts", due), [{ path: "/a/" }]);
    assert.equal((await findRepositoryUse(database.read, "/a/"))?.use.data.sizeBytes, 0, "nothing of it is added");
  });

  on("a repository is due to be counted when its last count is older than asked for, or lies ahead of the clock", async (database) => {
    await database.write("rememberRepository", { path: "/a/", home: "main", nowMs: 100, by: OPERATOR });
    await database.write("rememberRepository", { path: "/b/", home: "main", nowMs: 200, by: OPERATOR });
    const due = async (beforeMs: number, nowMs: number) =>
      (await database.list("listDueRecounts", { after: "", limit: 10, beforeMs, nowMs })).map(({ path }) => path);
    assert.deepEqual(await due(100, 200), []);
    assert.deepEqual(await due(101, 200), ["/a/"]);
    assert.deepEqual(await due(201, 300), ["/a/", "/b/"]);
    assert.deepEqual(await due(0, 199), ["/b/"]);
    assert.deepEqual(await database.list("listDueRecounts", { after: "/a/", limit: 10, beforeMs: 201, nowMs: 300 }), [{ path: "/b/" }]);
    await database.write("registerQuotaProcess", { process: "one" });
    await database.write("claimRecount", { path: "/a/", process: "one", nowMs: 300 });
    await database.write("confirmCount", { path: "/a/", process: "one", nowMs: 300 });
    assert.deepEqual(await due(201, 300), ["/b/"]);
  });

  on("under a hard quota nothing is drawn while a repository of the scope was never counted", async (database) => {
    await database.write("rememberRepository", { path: "/a/", home: "main", nowMs: 1, by: OPERATOR, found: true });
    await remember(database, "/b/");
    await database.write("registerQuotaProcess", { process: "one" });
    await setQuota(database, { kind: "hub" }, 100);
    assert.equal((await draw(database, "one", "/b/", 1)).kind, "uncounted");
    await database.write("claimRecount", { path: "/a/", process: "one", nowMs: 9 });
    await database.write("confirmCount", { path: "/a/", process: "one", nowMs: 9 });
    assert.equal((await draw(database, "one", "/b/", 1)).kind, "granted");
  });

  on("repositories that cannot be counted keep back their own uploads and nobody else's", async (database) => {
    for (const path of ["/away/", "/new/"])
      await database.write("rememberRepository", { path, home: "main", nowMs: 1, by: OPERATOR, found: true });
    await remember(database, "/b/");
    for (const process of ["one", "dead"]) await database.write("registerQuotaProcess", { process });
    await setQuota(database, { kind: "hub" }, 100);
    const drawFor = async (path: string, leastBytes: number, uncountable: readonly string[]) => {
      const input = { process: "one", path, ownerId: null, leastBytes, wantBytes: leastBytes, cleanUp: false, uncountable };
      return (await database.write("drawQuota", input)).kind;
    };
    assert.equal(await drawFor("/b/", 1, ["/away/"]), "uncounted", "the other one can be");
    await database.write("claimRecount", { path: "/new/", process: "one", nowMs: 9 });
    await database.write("confirmCount", { path: "/new/", process: "one", nowMs: 9 });
    assert.equal(await drawFor("/b/", 1, []), "uncounted");
    assert.equal(await drawFor("/b/", 1, ["/away/", "/b/"]), "granted");
    assert.equal(await drawFor("/away/", 1, ["/away/"]), "uncounted");
    const use = { process: "dead", number: 1, nowMs: 1, trashBytes: 0, changes: [stored("/away/", null, 60, 0)] };
    await database.write("flushUse", use);
    assert.equal(await drawFor("/b/", 50, ["/away/"]), "refused", "what is known of it counts");
  });

  on("a repository belongs to who made it, a found one to the account that its first folder is called after", async (database) => {
    await addAccount(database, "Laptop");
    await addAccount(database, "nas");
    const by = { kind: "account", name: "nas", login: "nas" } as const;
    const at = { home: "main", nowMs: 1 };
    await database.write("rememberRepository", { ...at, path: "/shared/x/", by });
    await database.write("rememberRepository", { ...at, path: "/laptop/x/", by, found: true });
    await database.write("rememberRepository", { ...at, path: "/nobody/x/", by, found: true });
    await database.write("rememberRepository", { ...at, path: "/NAS/y/", by: OPERATOR });
    const owners = (await database.list("listRepositoryUse", { limit: 10 })).map(({ path, ownerName }) => [path, ownerName]);
    assert.deepEqual(owners, [
      ["/NAS/y/", "nas"],
      ["/laptop/x/", "Laptop"],
      ["/nobody/x/", undefined],
      ["/shared/x/", "nas"],
    ]);
  });

  on("the timeline tells of a soft limit once a day and again after it fell below, and of a hard one likewise", async (database) => {
    await remember(database, "/a/");
    await database.write("registerQuotaProcess", { process: "one" });
    const quota = { scope: { kind: "hub" }, softBytes: 100, hardBytes: 1000, summary: "both", nowMs: 1, by: OPERATOR } as const;
    await database.write("setQuota", quota);
    let number = 0;
    const flush = async (bytes: number, nowMs: number) => {
      number += 1;
      await database.write("flushUse", { process: "one", number, nowMs, trashBytes: 0, changes: [stored("/a/", null, bytes, 0)] });
    };
    const hour = 3_600_000;
    await flush(100, 1 * hour);
    assert.deepEqual(await warnings(database), []);
    await flush(1, 2 * hour);
    await flush(1, 3 * hour);
    assert.deepEqual(await warnings(database), ["soft 101"]);
    await flush(1, 26 * hour);
    assert.deepEqual(await warnings(database), ["soft 101", "soft 103"]);
    await flush(-10, 27 * hour);
    await flush(10, 28 * hour);
    await database.write("noteQuotaMet", { scope: "hub", key: "", nowMs: 28 * hour });
    await database.write("noteQuotaMet", { scope: "hub", key: "", nowMs: 29 * hour });
    assert.deepEqual(await warnings(database), ["soft 101", "soft 103", "soft 103", "hard 103"]);
    await flush(-1, 30 * hour);
    await database.write("noteQuotaMet", { scope: "hub", key: "", nowMs: 30 * hour });
    assert.equal((await warnings(database)).length, 5);
  });

  on("quotas are set, changed in part, listed with what is used, and taken away", async (database) => {
    const laptop = await addAccount(database, "laptop");
    await remember(database, "/a/");
    const change = { summary: "as asked", nowMs: 1, by: OPERATOR };
    const version = Number(await database.accessVersion());
    const account = { kind: "account", name: "laptop" } as const;
    await database.write("setQuota", { ...change, scope: account, softBytes: 1, hardBytes: 2 });
    assert.ok(Number(await database.accessVersion()) > version);
    assert.deepEqual(await database.write("setQuota", { ...change, scope: account, softBytes: null, hardBytes: undefined }), {
      softBytes: undefined,
      hardBytes: 2,
    });
    await database.write("setQuota", { ...change, scope: { kind: "repository", path: "/a/" }, softBytes: 3, hardBytes: undefined });
    const unused = { usedBytes: 0, drawnBytes: 0, uncounted: 0 };
    const ofAccount = {
      at: { scope: "account", key: `${laptop}` },
      scope: account,
      softBytes: undefined,
      hardBytes: 2,
      ...unused,
    } as const;
    const path = { kind: "repository", path: "/a/" } as const;
    const ofPath = { at: { scope: "repository", key: "/a/" }, scope: path, softBytes: 3, hardBytes: undefined, ...unused } as const;
    assert.deepEqual(await database.list("listQuotas", { limit: 10 }), [ofAccount, ofPath]);
    assert.deepEqual(await database.list("listQuotas", { limit: 10, after: ofAccount.at }), [ofPath]);
    const visible = async (accountId: number, ...below: string[]) =>
      await database.list("listQuotas", { limit: 10, visible: { accountId, below } });
    assert.deepEqual(await visible(laptop), [ofAccount]);
    assert.deepEqual(await visible(laptop + 1, "/a/"), [ofPath]);
    assert.deepEqual(await visible(laptop + 1, "/ab/"), []);
    assert.equal((await findRepositoryUse(database.read, "/a/"))?.softBytes, 3);
    await database.write("setQuota", { ...change, scope: account, softBytes: undefined, hardBytes: null });
    assert.deepEqual(await database.list("listQuotas", { limit: 10 }), [ofPath]);
    const nobody = { ...change, scope: { kind: "account", name: "nobody" }, softBytes: 1, hardBytes: 1 } as const;
    await assertRefusal(database.write("setQuota", nobody), "not_found", /nobody/);
    const lines = await database.read
      .selectFrom("operation")
      .select(["kind", "account", "repository"])
      .where("kind", "=", "settings.changed")
      .execute();
    assert.equal(lines.filter((line) => line.account === "laptop").length, 4, "the account and three changes of its quota");
  });
}

function stored(path: string, ownerId: number | null, dataBytes: number, blockBytes: number): UseChange {
  const delta = { ...noUse(), data: { count: Math.sign(dataBytes), sizeBytes: dataBytes }, locks: { count: 1, sizeBytes: 9 } };
  return { path, ownerId, delta, lastSnapshotAtMs: 4, blockBytes };
}

async function remember(database: Database, path: string): Promise<void> {
  await database.write("rememberRepository", { path, home: "main", nowMs: 1, by: OPERATOR });
}

const asked = { summary: "as asked", nowMs: 1, by: OPERATOR };

async function setQuota(database: Database, scope: QuotaScope, hardBytes: number): Promise<void> {
  await database.write("setQuota", { scope, softBytes: undefined, hardBytes, summary: "hard", nowMs: 1, by: OPERATOR });
}

async function draw(database: Database, process: string, path: string, leastBytes: number, ownerId: number | null = null) {
  return await database.write("drawQuota", { process, path, ownerId, leastBytes, wantBytes: leastBytes, cleanUp: false });
}

async function addAccount(database: Database, name: string): Promise<number> {
  return (await database.write("addAccount", { name, login: name, secretHash: "$hash", grants: [], nowMs: 1, by: OPERATOR })).id;
}

async function warnings(database: Database): Promise<readonly string[]> {
  const rows = await database.read.selectFrom("operation").select("details").where("kind", "=", "quota.warning").orderBy("id").execute();
  return rows.map(({ details }) => {
    const { limit, usedBytes } = JSON.parse(details) as { limit: string; usedBytes: number }; // ours
    return `${limit} ${usedBytes}`;
  });
}
