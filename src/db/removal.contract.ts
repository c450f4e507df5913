import assert from "node:assert/strict";
import { test } from "node:test";
import { OPERATOR } from "#model/actor.ts";
import { findCleanupOnly, listWindowsFor } from "./cleanup-windows.ts";
import { assertRefusal, type ContractEngine } from "./contract-place.ts";
import { type Database, openDatabase } from "./database.ts";
import { findHold, listHoldsFor } from "./holds.ts";
import { findHubClock, findTrashHours } from "./trash-time.ts";

const HOUR_MS = 3_600_000;

/** What holds, clean-up windows and the time of the trash promise, on that engine. */
export function removalContract({ name: engine, skip, makePlace }: ContractEngine): void {
  const on = (title: string, body: (database: Database, kinds: () => Promise<unknown[]>) => Promise<void>) =>
    test(`${engine}: ${title}`, { skip: skip ?? false }, async () => {
      await using place = await makePlace();
      await using database = await openDatabase(place.options);
      const kinds = async () =>
        (await database.read.selectFrom("operation").select(["kind", "repository"]).orderBy("id").execute()).map(
          ({ kind, repository }) => `${kind} ${repository}`,
        );
      await body(database, kinds);
    });
  const change = { nowMs: 1000, by: OPERATOR };
  const addAccount = (database: Database) =>
    database.write("addAccount", { name: "Laptop", login: "Laptop", secretHash: "$h", grants: [], ...change });

  on("a hold counts for its path and what is below, is lifted once, and both are told", async (database, kinds) => {
    const fixed = await database.write("addHold", { path: "/a/", term: { kind: "fixed", untilMs: 5000 }, reason: "audit", ...change });
    const rolling = await database.write("addHold", { path: "/a/b/", term: { kind: "rolling", minAgeMs: 7 }, reason: "ransom", ...change });
    assert.deepEqual(fixed, { id: fixed.id, path: "/a/", term: { kind: "fixed", untilMs: 5000 }, reason: "audit", createdAtMs: 1000 });
    assert.deepEqual(await listHoldsFor(database.read, "/a/b/"), [fixed, rolling]);
    assert.deepEqual(await listHoldsFor(database.read, "/a/bb/"), [fixed]);
    assert.deepEqual(await listHoldsFor(database.read, "/"), []);
    assert.deepEqual(await database.list("listHolds", { limit: 1 }), [fixed]);
    assert.deepEqual(await database.list("listHolds", { limit: 9, after: fixed.id }), [rolling]);
    assert.deepEqual(await database.list("listHolds", { limit: 9, path: "/a/" }), [fixed]);
    const countingBelow = async (...roots: string[]) =>
      (await database.list("listHolds", { limit: 9, countingBelow: roots })).map(({ path }) => path);
    assert.deepEqual(await countingBelow("/a/"), ["/a/", "/a/b/"]);
    assert.deepEqual(await countingBelow("/a/c/", "/ab/"), ["/a/"]);
    assert.deepEqual(await countingBelow("/ab/"), []);
    assert.deepEqual(await countingBelow(), []);

    assert.deepEqual(await database.write("removeHold", { id: fixed.id, ...change }), fixed);
    await assertRefusal(database.write("removeHold", { id: fixed.id, ...change }), "not_found", /no hold/);
    assert.equal(await findHold(database.read, fixed.id), undefined);
    assert.deepEqual(await kinds(), ["settings.changed /a/", "settings.changed /a/b/", "settings.changed /a/"]);
  });

  on("there is a bound on the holds of one path", async (database) => {
    const hold = { path: "/a/", term: { kind: "rolling", minAgeMs: 1 }, reason: "r", ...change } as const;
    for (let count = 0; count < 100; count += 1) await database.write("addHold", hold);
    await assertRefusal(database.write("addHold", hold), "invalid_input", /100 holds/);
    await database.write("addHold", { ...hold, path: "/b/" });
  });

  on("a clean-up window is for a login or account that exists, and closed by hand it was never open", async (database, kinds) => {
    await addAccount(database);
    const input = { path: "/a/", reason: "yearly", closesAtMs: 2000, ...change };
    for (const kind of ["login", "account"] as const) {
      await assertRefusal(database.write("openCleanupWindow", { owner: { kind, name: "nobody" }, ...input }), "not_found", /nobody/);
    }
    const login = await database.write("openCleanupWindow", { owner: { kind: "login", name: "laptop" }, ...input });
    assert.deepEqual(login, {
      id: login.id,
      owner: { kind: "login", name: "Laptop" },
      path: "/a/",
      reason: "yearly",
      opensAtMs: 1000,
      closesAtMs: 2000,
    });
    const account = await database.write("openCleanupWindow", { owner: { kind: "account", name: "LAPTOP" }, ...input, path: "/" });
    assert.deepEqual((await listWindowsFor(database.read, "/a/b/")).map(({ id }) => id).sort(), [login.id, account.id]);
    assert.deepEqual(await listWindowsFor(database.read, "/b/"), [account]);
    assert.deepEqual(await database.list("listCleanupWindows", { limit: 9 }), [account, login]);
    assert.deepEqual(await database.list("listCleanupWindows", { limit: 9, path: "/b/" }), [account]);
    const visible = async (accountName: string, logins: string[], ...below: string[]) =>
      await database.list("listCleanupWindows", { limit: 9, visible: { accountName, logins, below } });
    assert.deepEqual(await visible("Laptop", []), [account]);
    assert.deepEqual(await visible("nas", ["Laptop"]), [login]);
    assert.deepEqual(await visible("nas", [], "/a/"), [login]);
    assert.deepEqual(await visible("nas", ["nas"], "/ab/"), []);

    assert.equal(await database.write("closeCleanupWindow", { id: login.id, ...change, nowMs: 1500 }), true);
    assert.equal(await database.write("closeCleanupWindow", { id: login.id, ...change, nowMs: 1500 }), false);
    assert.equal(await database.write("closeCleanupWindow", { id: account.id, ...change, nowMs: 2000 }), false);
    await assertRefusal(database.write("closeCleanupWindow", { id: 99, ...change }), "not_found", /window 99/);
    const [, closed] = await database.list("listCleanupWindows", { limit: 9 });
    assert.deepEqual([closed?.opensAtMs, closed?.closesAtMs], [1000, 1000]);
    assert.deepEqual(await database.list("listCleanupWindows", { limit: 9, openAtMs: 1999 }), [account]);
    assert.deepEqual((await kinds()).slice(1), ["cleanup.opened /a/", "cleanup.opened /", "cleanup.closed /a/"]);
  });

  on("a mark counts for what is below, the nearest is named, and it is taken off once", async (database) => {
    const mark = (path: string, cleanupOnly: boolean) => database.write("setCleanupOnly", { path, cleanupOnly, ...change });
    assert.deepEqual([await mark("/a/", true), await mark("/a/", true), await mark("/a/b/", true)], [true, false, true]);
    assert.equal(await findCleanupOnly(database.read, "/a/b/c/"), "/a/b/");
    assert.equal(await findCleanupOnly(database.read, "/a/c/"), "/a/");
    assert.equal(await findCleanupOnly(database.read, "/ab/"), undefined);
    assert.deepEqual([await mark("/a/b/", false), await mark("/a/b/", false)], [true, false]);
    assert.equal(await findCleanupOnly(database.read, "/a/b/"), "/a/");
  });

  on("each change of what may be removed raises the access version, and the count of time does not", async (database) => {
    await addAccount(database);
    let version = await database.accessVersion();
    const raises = async (expected: boolean, work: () => Promise<unknown>) => {
      await work();
      const next = await database.accessVersion();
      assert.equal(next > version, expected, work.toString());
      version = next;
    };
    await raises(true, () => database.write("addHold", { path: "/", term: { kind: "rolling", minAgeMs: 1 }, reason: "r", ...change }));
    await raises(true, () => database.write("removeHold", { id: 1, ...change }));
    const owner = { kind: "login", name: "laptop" } as const;
    await raises(true, () => database.write("openCleanupWindow", { owner, path: "/", reason: "r", closesAtMs: 2000, ...change }));
    await raises(true, () => database.write("closeCleanupWindow", { id: 1, ...change }));
    await raises(false, () => database.write("closeCleanupWindow", { id: 1, ...change }));
    await raises(true, () => database.write("setCleanupOnly", { path: "/", cleanupOnly: true, ...change }));
    await raises(false, () => database.write("setCleanupOnly", { path: "/", cleanupOnly: true, ...change }));
    await raises(false, () => database.write("advanceHubClock", { elapsedMs: 5, nowMs: 5, hours: ["2026-11-21T17"] }));
  });

  on("the hub's time goes on no faster than either clock, however many processes count it", async (database) => {
    const count = async (elapsedMs: number, nowMs: number) => (await database.write("advanceHubClock", { elapsedMs, nowMs })).runningMs;
    const startMs = 1_790_000_000_000;
    assert.equal(await count(0, startMs), 0);
    assert.equal(await count(60_000, startMs + 60_000), 60_000);
    assert.equal(await count(60_000, startMs + 90_000), 90_000, "another process, half a minute later");
    assert.equal(await count(10_000, startMs + 1000 * HOUR_MS), 100_000, "the wall clock jumped forward");
    const aheadMs = startMs + 1000 * HOUR_MS;
    assert.equal(await count(10_000, startMs), 100_000, "and back");
    assert.equal(await count(10_000, startMs + 20_000), 100_000, "and stays behind");
    assert.equal(await count(10_000.7, aheadMs + 20_000), 110_000);
    assert.equal(await count(-5, aheadMs + 30_000), 110_000);
    assert.deepEqual(await findHubClock(database.read), { runningMs: 110_000, wallMs: aheadMs + 30_000 });
    const counted = { elapsedMs: 5000, nowMs: startMs, atLeastMs: aheadMs + 35_000, seenMs: aheadMs + 30_000 };
    assert.deepEqual(await database.write("advanceHubClock", counted), { runningMs: 115_000, wallMs: aheadMs + 35_000 });
    assert.equal(await database.write("resetHubClock", change), aheadMs + 35_000);
    // A process that has not yet heard of the reset does not undo it.
    assert.equal((await database.write("advanceHubClock", counted)).wallMs, startMs);
  });

  on("an hour of the trash keeps the time of its last use; one that is found only gets what it has not", async (database) => {
    const note = (hours: string[], nowMs: number, onlyNew: boolean) =>
      database.write("advanceHubClock", { elapsedMs: 100, nowMs, hours, onlyNew });
    await note(["a"], 1000, false);
    await note(["b"], 1100, false);
    await note(["a"], 1200, false);
    await note(["a", "b", "c"], 1300, true);
    assert.deepEqual([...(await findTrashHours(database.read))].sort(), [
      ["a", 300],
      ["b", 200],
      ["c", 400],
    ]);
    await database.write("forgetTrashHours", { hours: ["a", "none"] });
    assert.deepEqual([...(await findTrashHours(database.read)).keys()].sort(), ["b", "c"]);
  });
}
