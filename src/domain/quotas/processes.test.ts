import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Database, openDatabase } from "#db/database.ts";
import { listQuotaProcesses } from "#db/quota-processes.ts";
import { findQuota } from "#db/quotas.ts";
import { findRepositoryUse } from "#db/repository-use.ts";
import { openLog } from "#lib/log.ts";
import { DEFAULT_LIMITS, type Limits } from "#limits.ts";
import { OPERATOR } from "#model/actor.ts";
import { parseObjectId, parseRepositoryPath } from "#model/repository.ts";
import { startDoorHub } from "../../../test/support/door-hub.ts";
import { randomObject } from "../../../test/support/http-request.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { openWorkerSet } from "../../../test/support/worker-set.ts";
import { OpenRepository } from "../repositories/open-repository.ts";
import { Quotas } from "./quotas.ts";
import { setQuota } from "./set-quota.ts";
import { showQuota } from "./show-quota.ts";

const SIGNAL = new AbortController().signal;
const LOG = openLog({ level: "error", format: "text" }, () => undefined);
const LAPTOP = OpenRepository.forOperator(parseRepositoryPath(["laptop"]) ?? assert.fail(), OPERATOR);

/** Writes nothing by itself while a test runs, and so shows no sign of life. */
const SILENT = { quotaFlushMs: 600_000, quotaLeaseMs: 3_600_000 };

test("what one process has drawn and does not use is handed back for another one's upload, to the last byte", async () => {
  await using place = await openPlace();
  await place.limit(1000);
  const holder = place.process({ quotaFlushMs: 20 });
  const other = place.process({ quotaFlushMs: 20 });
  let [usedBytes, heldBytes] = [0, 0];
  const held = async () => (await findQuota(place.database.read, { kind: "hub" }, undefined))?.drawnBytes ?? 0;
  // Until it keeps what it has drawn: nobody needs it yet.
  do {
    await store(holder, 1);
    usedBytes += 1;
    await sleep(100);
    await holder.flush(); // on a busy machine its own may not have come yet: then what is used counts as drawn still
    heldBytes = await held();
  } while (heldBytes !== 1000 - usedBytes && usedBytes < 20);
  assert.equal(heldBytes, 1000 - usedBytes);

  await store(other, 1000 - usedBytes);
  await assert.rejects(store(other, 1), { code: "quota_exceeded" });
  await assert.rejects(store(holder, 1), { code: "quota_exceeded" });
  await Promise.all([holder.flush(), other.flush()]);
  assert.equal((await findRepositoryUse(place.database.read, "/laptop/"))?.use.data.sizeBytes, 1000);
});

test("a process that ends without a word is taken for dead after its lease, and what it stored is counted before its room is given away", async () => {
  await using door = await startDoorHub({ flags: { "limits.quotaLeaseMs": "500", "limits.quotaFlushMs": "50" } });
  const { core } = door.hub;
  const post = async (sizeBytes: number) => {
    const { id, bytes } = randomObject(sizeBytes);
    return (await door.send("POST", `/laptop/data/${id}`, { body: bytes })).status;
  };
  await setQuota(core, OPERATOR, { scope: { kind: "hub" }, hardBytes: 1000 });
  assert.equal(await post(100), 200);

  await using database = await openDatabase({ kind: "sqlite", file: join(door.data, "holdfast.sqlite"), limits: core.limits });
  const lost = new Quotas({ database, clock: Date.now, limits: { ...core.limits, ...SILENT }, log: LOG });
  const { id, bytes } = randomObject(700);
  const file = join(door.tree, "laptop", "data", id.slice(0, 2), id);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  await store(lost, 700, id);
  const isThere = async () => (await listQuotaProcesses(database.read)).some(({ process }) => process === lost.process);
  assert.ok(await isThere());

  for (const deadlineMs = performance.now() + 10_000; await isThere(); await sleep(20)) {
    assert.ok(performance.now() < deadlineMs, "it was not taken for dead");
  }
  assert.deepEqual([await post(201), await post(200), await post(1)], [507, 200, 507]);
  await core.quotas.flush();
  const { usedBytes, drawnBytes } = await showQuota(core, { scope: { kind: "hub" } });
  assert.deepEqual({ usedBytes, drawnBytes }, { usedBytes: 1000, drawnBytes: 0 });
});

test("a process that stores nothing shows that it lives, and nobody takes it for dead", async () => {
  const flags = { "limits.quotaLeaseMs": "1500", "limits.quotaFlushMs": "50" };
  await using set = await openWorkerSet({ flags });
  const cores = [set.primary, ...set.workers.map(({ core }) => core)];
  for (const [index, { quotas }] of cores.entries()) await quotas.start({ alone: index === 0 });
  const busy = cores[1] ?? assert.fail();
  const before = await listQuotaProcesses(busy.database.read);
  assert.equal(before.length, 3);
  for (const deadlineMs = performance.now() + 3500; performance.now() < deadlineMs; await sleep(100)) await store(busy.quotas, 1);
  const after = await listQuotaProcesses(busy.database.read);
  assert.deepEqual(
    after.map(({ process }) => process),
    before.map(({ process }) => process),
  );
  for (const { process, beat } of after) assert.ok(beat > 0, process);
});

test("a process that was taken for dead while it did nothing goes on under a new name, and tells it", async () => {
  const flags = { "limits.quotaLeaseMs": "600", "limits.quotaFlushMs": "50" };
  await using set = await openWorkerSet({ flags, workers: 1 });
  const { quotas, database } = set.primary;
  await quotas.start({ alone: true });
  const names = [quotas.process];
  quotas.onRenamed((name) => void names.push(name));
  await database.write("buryQuotaProcesses", { processes: names, nowMs: 1 });
  const registered = async () => (await listQuotaProcesses(database.read)).map(({ process }) => process);
  for (const deadlineMs = performance.now() + 10_000; (await registered()).length === 0; await sleep(20)) {
    assert.ok(performance.now() < deadlineMs, "it has not gone on");
  }
  assert.equal(names.length, 2);
  assert.deepEqual(await registered(), [names[1]]);
  assert.equal(quotas.process, names[1]);
});

for (const hardBytes of [1000, undefined]) {
  const what = hardBytes === undefined ? "without a quota" : "under a quota";
  test(`a process that lives and was taken for dead goes on, and what it stores next is counted, ${what}`, async () => {
    await using place = await openPlace();
    if (hardBytes !== undefined) await place.limit(hardBytes);
    const taken = place.process(SILENT);
    const count = async () => (await findRepositoryUse(place.database.read, "/laptop/"))?.use.data.count;
    const due = async () => await place.database.list("listDueRecounts", { after: "", limit: 10, beforeMs: 0, nowMs: 1 });
    await store(taken, 10);
    await taken.flush();
    assert.equal(await count(), 1);
    await store(taken, 10); // not written down when it is taken for dead
    await place.database.write("buryQuotaProcesses", { processes: [taken.process], nowMs: 1 });
    await place.recounted(1);
    assert.deepEqual(await due(), []);

    await taken.flush();
    assert.deepEqual(await due(), [{ path: "/laptop/" }], "a count is to find what it could not tell");
    await place.recounted(2);
    await store(taken, 10);
    await taken.flush();
    assert.equal(await count(), 3);
    assert.deepEqual(await due(), []);
    if (hardBytes !== undefined) await assert.rejects(store(taken, hardBytes), { code: "quota_exceeded" });
  });
}

test("a process that lives and was taken for dead draws anew, as another one", async () => {
  await using place = await openPlace();
  const MiB = 1024 * 1024;
  await place.limit(10 * MiB);
  const taken = place.process(SILENT);
  const before = taken.process;
  await store(taken, MiB); // no more is drawn at once, so nothing is left of it
  await taken.flush();
  await place.database.write("buryQuotaProcesses", { processes: [before], nowMs: 1 });
  await place.recounted(1);
  await store(taken, 20);
  assert.notEqual(taken.process, before);
  await taken.flush();
  assert.deepEqual((await findRepositoryUse(place.database.read, "/laptop/"))?.use.data, { count: 2, sizeBytes: 30 });
});

/** An empty hub's facts, in which `/laptop/` is known, and processes that store in it. */
async function openPlace() {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await tempFolder());
  const open = async (): Promise<Database> =>
    stack.use(await openDatabase({ kind: "sqlite", file: join(folder.path, "holdfast.sqlite"), limits: DEFAULT_LIMITS }));
  const database = await open();
  const databases = [await open(), await open()];
  await database.write("rememberRepository", { path: "/laptop/", home: "main", nowMs: 1, by: OPERATOR });
  const owned = stack.move();
  return {
    database,
    process(limits: Partial<Limits>): Quotas {
      const own = databases.pop() ?? assert.fail("there are two");
      return owned.use(new Quotas({ database: own, clock: () => 1, limits: { ...DEFAULT_LIMITS, ...limits }, log: LOG }));
    },
    async limit(hardBytes: number): Promise<void> {
      const input = { scope: { kind: "hub" }, softBytes: undefined, hardBytes, summary: "hard", nowMs: 1, by: OPERATOR } as const;
      await database.write("setQuota", input);
    },
    /** Somebody has counted so many objects of ten bytes. */
    async recounted(count: number): Promise<void> {
      const counting = `counts ${count}`;
      await database.write("registerQuotaProcess", { process: counting });
      await database.write("claimRecount", { path: "/laptop/", process: counting, nowMs: 1 });
      const before = (await findRepositoryUse(database.read, "/laptop/"))?.use ?? assert.fail();
      const use = { ...before, data: { count, sizeBytes: 10 * count } };
      const counted = { use, newestSnapshotAtMs: undefined, folderMark: undefined };
      const change = { path: "/laptop/", ownerId: null, delta: before, lastSnapshotAtMs: undefined, blockBytes: 0, counted };
      await database.write("flushUse", { process: counting, number: 1, nowMs: 1, changes: [change], trashBytes: 0 });
      await database.write("endQuotaProcess", { process: counting });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** An object passes through the quotas of a process as an upload does. */
async function store(quotas: Quotas, sizeBytes: number, name = randomObject(1).id): Promise<void> {
  const id = parseObjectId(name) ?? assert.fail();
  using room = await quotas.reserve(LAPTOP, { type: "data", id }, { sizeBytes, found: false }, SIGNAL);
  room.settle(sizeBytes);
}
