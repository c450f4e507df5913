import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { OPERATOR } from "#model/actor.ts";
import { parseRepositoryPath } from "#model/repository.ts";
import { filePath } from "#storage/file-path.ts";
import { MemoryStorage } from "#storage/memory/memory-storage.ts";
import { type DoorHub, startDoorHub } from "../../../test/support/door-hub.ts";
import { randomObject } from "../../../test/support/http-request.ts";
import { clearMode, setMode } from "../modes/set-mode.ts";
import { setQuota } from "../quotas/set-quota.ts";
import { showQuota } from "../quotas/show-quota.ts";
import { OpenRepository } from "../repositories/open-repository.ts";
import { requireRoom } from "../repositories/require-room.ts";
import { addHold } from "./add-hold.ts";
import { emptyTrash } from "./empty-trash.ts";
import { HubTime } from "./hub-time.ts";
import { listTrash, measureTrash, recountTrash, summarizeTrash } from "./list-trash.ts";
import { restoreTrash } from "./restore-trash.ts";
import { sweepTrash } from "./sweep-trash.ts";
import { startTrashSweeper } from "./trash-sweeper.ts";

const SIGNAL = new AbortController().signal;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.UTC(2026, 10, 21, 17, 30);

/** A hub whose clocks stand still until the test moves them. */
async function openHub(options: { readonly capacityBytes?: number; readonly flags?: Record<string, string> } = {}) {
  const time = { wallMs: START_MS, monotonicMs: 5000 };
  const storage = new MemoryStorage({
    clock: () => time.wallMs,
    ...(options.capacityBytes === undefined ? {} : { capacityBytes: options.capacityBytes }),
  });
  const door = await startDoorHub({ storage, clock: () => time.wallMs, monotonic: () => time.monotonicMs, flags: options.flags ?? {} });
  const { core } = door.hub;
  return {
    door,
    core,
    time,
    storage,
    /** The hub runs on for so long, and counts it each half hour as it does. */
    async run(ms: number): Promise<void> {
      for (let left = ms; left > 0; left -= HOUR_MS / 2) {
        time.wallMs += Math.min(left, HOUR_MS / 2);
        time.monotonicMs += Math.min(left, HOUR_MS / 2);
        await core.time.count();
      }
    },
    sweep: () => sweepTrash(core, SIGNAL),
    held: async () => (await measureTrash(core, SIGNAL)).objects,
    [Symbol.asyncDispose]: () => door[Symbol.asyncDispose](),
  };
}

/** Stores an object and removes it again; resolves to its target. */
async function storeAndRemove(door: DoorHub, { type = "data", sizeBytes = 100 } = {}): Promise<{ target: string; bytes: Buffer }> {
  const { id, bytes } = randomObject(sizeBytes);
  const target = `/laptop/${type}/${id}`;
  assert.equal((await door.send("POST", target, { body: bytes })).status, 200);
  assert.equal((await door.send("DELETE", target)).status, 200);
  assert.equal((await door.send("GET", target)).status, 404);
  return { target, bytes };
}

test("5 trash: what a client removes comes back whole from the trash; its locks do not go there", async () => {
  await using hub = await openHub();
  const { door, core } = hub;
  const { target, bytes } = await storeAndRemove(door);
  await storeAndRemove(door, { type: "locks" });
  assert.equal(await hub.held(), 1);
  const [item] = await Array.fromAsync(listTrash(core, { path: "/laptop/data" }, SIGNAL));
  assert.deepEqual([item?.batch, item?.name?.repository, item?.heldUntilMs], ["2026-11-21T17", "/laptop/", Date.UTC(2026, 10, 24, 18)]);

  const restored = await restoreTrash(core, OPERATOR, { path: target }, SIGNAL);
  assert.deepEqual(restored, { repository: "/laptop/", objects: 1, sizeBytes: 100, alreadyThere: 0, inTheWay: { count: 0, paths: [] } });
  assert.deepEqual((await door.send("GET", target)).body, bytes);
  assert.equal(await hub.held(), 0);
  await assert.rejects(restoreTrash(core, OPERATOR, { path: target }, SIGNAL), { code: "not_found" });
  await core.timeline.flush();
  const lines = await core.database.read
    .selectFrom("operation")
    .select(["kind", "repository"])
    .where("kind", "=", "trash.restored")
    .execute();
  assert.deepEqual(lines, [{ kind: "trash.restored", repository: "/laptop/" }]);
});

test("5 trash: after a removal the same object can be stored and removed again", async () => {
  await using hub = await openHub();
  const { target, bytes } = await storeAndRemove(hub.door);
  assert.equal((await hub.door.send("POST", target, { body: bytes })).status, 200);
  assert.equal((await hub.door.send("DELETE", target)).status, 200);
  assert.equal((await hub.door.send("DELETE", target)).status, 200);
  assert.equal(await hub.held(), 1);
});

test("of several configs that were removed the latest comes back, or that of the hour that is named; none over another", async () => {
  await using hub = await openHub();
  const { door, core } = hub;
  for (const body of ["first", "second", "third"]) {
    await door.send("POST", "/laptop/config", { body });
    await door.send("DELETE", "/laptop/config");
    if (body === "second") await hub.run(HOUR_MS);
  }
  assert.deepEqual(
    (await Array.fromAsync(summarizeTrash(core, {}, SIGNAL))).map(({ batch, repository, objects, sizeBytes }) => [
      batch,
      repository,
      objects,
      sizeBytes,
    ]),
    [
      ["2026-11-21T17", "/laptop/", 1, 5],
      ["2026-11-21T17~2", "/laptop/", 1, 6],
      ["2026-11-21T18", "/laptop/", 1, 5],
    ],
  );
  const latest = await restoreTrash(core, OPERATOR, { path: "/laptop/" }, SIGNAL);
  assert.deepEqual([latest.objects, latest.inTheWay.count], [1, 2]);
  assert.equal((await door.send("GET", "/laptop/config")).body.toString(), "third");
  await door.send("DELETE", "/laptop/config");
  await restoreTrash(core, OPERATOR, { path: "laptop/config", at: "2026-11-21T17~2" }, SIGNAL);
  assert.equal((await door.send("GET", "/laptop/config")).body.toString(), "second");
  for (const path of ["/laptop/config/x", "/laptop/data/abc", "", "/a/../b"]) {
    await assert.rejects(restoreTrash(core, OPERATOR, { path }, SIGNAL), { code: "invalid_input" }, path);
  }
  await assert.rejects(restoreTrash(core, OPERATOR, { path: "/laptop/", at: "yesterday" }, SIGNAL), { code: "invalid_input" });
});

test("a whole repository that was removed object by object comes back, and other repositories' trash stays", async () => {
  await using hub = await openHub();
  const { door, core } = hub;
  const targets: string[] = [];
  for (const type of ["keys", "data", "index", "snapshots", "data"]) targets.push((await storeAndRemove(door, { type })).target);
  const { id, bytes } = randomObject(10);
  await door.send("POST", `/laptop/below/data/${id}`, { body: bytes });
  await door.send("DELETE", `/laptop/below/data/${id}`);
  assert.equal((await restoreTrash(core, OPERATOR, { path: "/laptop" }, SIGNAL)).objects, 5);
  for (const target of targets) assert.equal((await door.send("GET", target)).status, 200, target);
  assert.equal(await hub.held(), 1);
});

test("the trash is kept for a week of both clocks, and then erased", async () => {
  await using hub = await openHub();
  await storeAndRemove(hub.door);
  await hub.run(7 * DAY_MS);
  await hub.sweep();
  assert.equal(await hub.held(), 1);
  await hub.run(2 * HOUR_MS);
  await hub.sweep();
  assert.equal(await hub.held(), 0);
  await hub.sweep();
  assert.equal((await hub.core.database.read.selectFrom("trashHour").selectAll().execute()).length, 0);
});

test("a wall clock that jumps forward erases nothing that the hub has not kept for long enough", async () => {
  await using hub = await openHub();
  await storeAndRemove(hub.door);
  hub.time.wallMs += 1000 * DAY_MS;
  for (let sweeps = 0; sweeps < 3; sweeps += 1) await hub.sweep();
  await emptyTrash(hub.core, OPERATOR, {}, SIGNAL);
  assert.equal(await hub.held(), 1);
  await hub.run(71 * HOUR_MS);
  await emptyTrash(hub.core, OPERATOR, {}, SIGNAL);
  assert.equal(await hub.held(), 1);
});

test("a wall clock that jumps back keeps everything, and what goes into an old hour then is kept for its time all the same", async () => {
  await using hub = await openHub();
  await storeAndRemove(hub.door);
  await hub.run(80 * HOUR_MS);
  hub.time.wallMs -= 80 * HOUR_MS;
  await hub.sweep();
  assert.equal(await hub.held(), 1);
  // As after a restart with a wrong clock: this hub begins in the hour of the first removal.
  Object.defineProperty(hub.core, "time", {
    value: new HubTime({ database: hub.core.database, clock: () => hub.time.wallMs, monotonic: () => hub.time.monotonicMs }),
  });
  await storeAndRemove(hub.door);
  assert.deepEqual(await hub.storage.listTrashBatches(SIGNAL), ["2026-11-21T17"]);
  hub.time.wallMs += 80 * HOUR_MS;
  await hub.sweep(); // which only notes the jump
  await emptyTrash(hub.core, OPERATOR, {}, SIGNAL);
  assert.equal(await hub.held(), 2);
});

test("a sweep right after a jump leaves everything as it is; the next one goes on", async () => {
  await using hub = await openHub();
  await storeAndRemove(hub.door);
  await hub.run(8 * DAY_MS);
  hub.time.wallMs += 2 * HOUR_MS;
  await hub.sweep();
  assert.equal(await hub.held(), 1);
  await hub.run(HOUR_MS);
  await hub.sweep();
  assert.equal(await hub.held(), 0);
});

test("what has come into the trash by another way is kept from the first sweep on that sees it", async () => {
  await using hub = await openHub();
  const { id, bytes } = randomObject(10);
  await hub.door.send("POST", `/laptop/data/${id}`, { body: bytes });
  const path = (await Array.fromAsync(hub.storage.list(filePath("restic"), SIGNAL))).map((item) => item.path)[0];
  assert.ok(path !== undefined);
  await hub.storage.moveToTrash(path, { atMs: 0 }, SIGNAL);
  await hub.sweep();
  await hub.run(7 * DAY_MS);
  await hub.sweep();
  assert.equal(await hub.held(), 1);
  await hub.run(2 * HOUR_MS);
  await hub.sweep();
  assert.equal(await hub.held(), 0);
});

test("the operator empties what is past the hold, what is younger only in so many words, and nothing under a hold of the table", async () => {
  await using hub = await openHub();
  const { core } = hub;
  await storeAndRemove(hub.door);
  assert.deepEqual(await emptyTrash(core, OPERATOR, {}, SIGNAL), { files: 0, sizeBytes: 0 });
  const hold = await addHold(core, OPERATOR, { path: "/laptop", term: { kind: "rolling", minAgeMs: 30 * DAY_MS }, reason: "audit" });
  assert.deepEqual(await emptyTrash(core, OPERATOR, { beforeHold: true }, SIGNAL), { files: 0, sizeBytes: 0 });
  await hub.run(20 * DAY_MS);
  await hub.sweep();
  assert.equal(await hub.held(), 1);
  await core.database.write("removeHold", { id: hold.id, nowMs: 1, by: OPERATOR });
  assert.deepEqual(await emptyTrash(core, OPERATOR, {}, SIGNAL), { files: 1, sizeBytes: 100 });
  await storeAndRemove(hub.door);
  assert.deepEqual(await emptyTrash(core, OPERATOR, { beforeHold: true }, SIGNAL), { files: 1, sizeBytes: 100 });
  await core.timeline.flush();
  const lines = await core.database.read.selectFrom("operation").select("kind").where("kind", "=", "trash.emptied").execute();
  assert.equal(lines.length, 2);
});

test("before an upload is refused for want of room the oldest of the trash goes, once it is past its hold, and no more than needed", async () => {
  const flags = { "limits.reserveBytes": "1000", "limits.reserveShare": "0.000001" };
  await using hub = await openHub({ capacityBytes: 10_000, flags });
  const { door } = hub;
  const upload = async (sizeBytes: number) => {
    const { id, bytes } = randomObject(sizeBytes);
    return (await door.send("POST", `/laptop/data/${id}`, { body: bytes })).status;
  };
  for (let count = 0; count < 3; count += 1) {
    await storeAndRemove(door, { sizeBytes: 2000 });
    await hub.run(HOUR_MS);
  }
  assert.equal(await upload(3000), 200);
  assert.equal(await upload(100), 507, "what is younger than 72 hours stays");
  assert.equal(await hub.held(), 3);

  await using later = await openHub({ capacityBytes: 10_000, flags }); // the first one remembers for a minute that there was nothing
  for (let count = 0; count < 3; count += 1) {
    await storeAndRemove(later.door, { sizeBytes: 2000 });
    await later.run(HOUR_MS);
  }
  await later.run(80 * HOUR_MS);
  const { id, bytes } = randomObject(4000);
  assert.equal((await later.door.send("POST", `/laptop/data/${id}`, { body: bytes })).status, 200);
  assert.deepEqual(await later.storage.listTrashBatches(SIGNAL), ["2026-11-21T18", "2026-11-21T19"], "one of 2000 bytes was enough");
  await addHold(later.core, OPERATOR, { path: "/", term: { kind: "fixed", untilMs: later.time.wallMs + DAY_MS }, reason: "audit" });
  assert.equal((await later.door.send("POST", `/laptop/data/${randomObject(1).id}`, { body: Buffer.alloc(3000) })).status, 507);
  assert.equal(await later.held(), 2);
});

test("many uploads that are short of room at once make it one at a time", async () => {
  const flags = { "limits.reserveBytes": "1000", "limits.reserveShare": "0.000001" };
  await using hub = await openHub({ capacityBytes: 10_000, flags });
  for (let count = 0; count < 4; count += 1) await storeAndRemove(hub.door, { sizeBytes: 2000 });
  await hub.run(80 * HOUR_MS);
  const path = parseRepositoryPath(["laptop"]);
  assert.ok(path !== undefined);
  const repository = OpenRepository.forOperator(path, OPERATOR);
  await Promise.all(Array.from({ length: 8 }, () => requireRoom(hub.core, repository, { type: "data", sizeBytes: 300 }, SIGNAL)));
  assert.equal(await hub.held(), 3, "one file was enough for all of them");
});

test("the trash of a real disk is named by hours and holds plain files, which no door serves", async () => {
  await using door = await startDoorHub();
  const { target, bytes } = await storeAndRemove(door);
  const [batch] = await door.hub.core.storage.listTrashBatches(SIGNAL);
  assert.match(batch ?? "", /^\d{4}-\d\d-\d\dT\d\d$/);
  const id = target.split("/").at(-1) ?? "";
  assert.ok(existsSync(join(door.data, "files", ".hub-trash", batch ?? "", "restic", "laptop", "data", id.slice(0, 2), id)));
  for (const spelling of [
    "/.hub-trash/",
    `/.hub-trash/${batch}/restic/laptop/data/${id}`,
    `/.HUB-trash/${batch}/config`,
    "/%2ehub-trash/config",
  ]) {
    assert.equal((await door.send("GET", spelling)).status, 404, spelling);
  }
  // What restic itself would find there is what was there.
  writeFileSync(join(door.data, "files", ".hub-trash", "note.txt"), "not ours");
  assert.equal((await restoreTrash(door.hub.core, OPERATOR, { path: "laptop" }, SIGNAL)).objects, 1);
  assert.deepEqual((await door.send("GET", target)).body, bytes);
});

test("what lies in the trash counts for the hub's quota, and goes before that refuses once it is past its hold", async () => {
  await using hub = await openHub();
  const { door, core } = hub;
  await setQuota(core, OPERATOR, { scope: { kind: "hub" }, hardBytes: 1000 });
  await storeAndRemove(door, { sizeBytes: 800 });
  const next = randomObject(800);
  const send = async () => (await door.send("POST", `/laptop/data/${next.id}`, { body: next.bytes })).status;
  assert.equal(await send(), 507, "nothing may be erased yet");
  await hub.run(74 * HOUR_MS);
  assert.equal(await send(), 200);
  assert.equal(await hub.held(), 0);
});

test("a restore is counted for its repository and no longer for the trash, and a count of the trash mends what was missed", async () => {
  await using hub = await openHub();
  const { door, core } = hub;
  const use = async () => {
    await core.quotas.flush();
    const hubBytes = (await showQuota(core, { scope: { kind: "hub" } })).usedBytes;
    const repositoryBytes = (await showQuota(core, { scope: { kind: "repository", path: "/laptop/" } })).usedBytes;
    return { repositoryBytes, trashBytes: hubBytes - repositoryBytes };
  };
  await storeAndRemove(door, { sizeBytes: 300 });
  assert.deepEqual(await use(), { repositoryBytes: 0, trashBytes: 300 });
  await restoreTrash(core, OPERATOR, { path: "/laptop/" }, SIGNAL);
  assert.deepEqual(await use(), { repositoryBytes: 300, trashBytes: 0 });

  await storeAndRemove(door, { sizeBytes: 50 });
  core.quotas.trashGrew(7777);
  assert.deepEqual(await use(), { repositoryBytes: 300, trashBytes: 7827 });
  await recountTrash(core, SIGNAL);
  assert.deepEqual(await use(), { repositoryBytes: 300, trashBytes: 50 });
});

test("what goes into the trash while it is counted stays counted", async () => {
  await using hub = await openHub();
  const { door, core } = hub;
  await storeAndRemove(door, { sizeBytes: 300 });
  const { storage } = core;
  const listTrash = storage.listTrash.bind(storage);
  storage.listTrash = async function* (options, signal) {
    yield* listTrash(options, signal);
    core.quotas.trashGrew(50); // behind the place that was just looked at
    await core.quotas.flush();
  };
  core.quotas.trashGrew(7777);
  await recountTrash(core, SIGNAL);
  assert.equal((await showQuota(core, { scope: { kind: "hub" } })).usedBytes, 350);
});

test("counts of the trash that run into each other, or into a removal, come to what lies there", async () => {
  await using hub = await openHub();
  const { door, core } = hub;
  await storeAndRemove(door, { sizeBytes: 300 });
  core.quotas.trashGrew(7777);
  const { storage } = core;
  const listTrash = storage.listTrash.bind(storage);
  let looks = 0;
  storage.listTrash = async function* (options, signal) {
    looks += 1;
    if (looks === 1) await storeAndRemove(door, { sizeBytes: 50 }); // before the place that is looked at next, so measured and counted
    yield* listTrash(options, signal);
  };
  using sweeper = startTrashSweeper(core);
  await Promise.all([sweeper.countAfter(Promise.resolve()), sweeper.countAfter(Promise.resolve())]);
  assert.equal((await showQuota(core, { scope: { kind: "hub" } })).usedBytes, 350);
});

test("while the whole hub is in a mode its trash is left as it is", async () => {
  await using hub = await openHub();
  await storeAndRemove(hub.door);
  await hub.run(8 * DAY_MS);
  await setMode(hub.core, OPERATOR, { mode: "read_only", reason: "moving" });
  await hub.sweep();
  assert.equal(await hub.held(), 1);
  await clearMode(hub.core, OPERATOR, {});
  await hub.sweep();
  assert.equal(await hub.held(), 0);
});
