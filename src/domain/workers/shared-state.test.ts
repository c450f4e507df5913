import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { HubError } from "#model/hub-error.ts";
import { type ObjectType, parseObjectId, parseRepositoryPath } from "#model/repository.ts";
import { MemoryStorage } from "#storage/memory/memory-storage.ts";
import { openWorkerSet, type SetWorker, type WorkerSet } from "../../../test/support/worker-set.ts";
import { noteRemoved, noteStored } from "../repositories/note-object.ts";
import { OpenRepository } from "../repositories/open-repository.ts";
import { saveObject } from "../repositories/save-object.ts";
import { ToldActivity } from "./told-activity.ts";
import { lineToPrimary } from "./worker-messages.ts";

const PATH = parseRepositoryPath(["laptop"]) ?? assert.fail();
const repository = OpenRepository.forOperator(PATH, { kind: "account", name: "laptop", login: "laptop" });

function idOf(letter: string) {
  return parseObjectId(letter.repeat(64)) ?? assert.fail();
}

/** `worker 1: POST data/a` */
function happen(set: WorkerSet, index: 0 | 1, verb: "POST" | "DELETE", name: string): void {
  const { core } = set.workers[index] ?? assert.fail();
  const [type = "", letter = ""] = name.split("/");
  const object = { type: type as ObjectType, id: idOf(letter) };
  if (verb === "POST") noteStored(core, repository, object, { sizeBytes: 1000, isNew: true });
  else noteRemoved(core, repository, object, { sizeBytes: 1000 });
}

async function backups(set: WorkerSet): Promise<readonly string[]> {
  return (await set.operations())
    .filter(({ repository: path }) => path === "/laptop/")
    .map(({ kind, status, summary }) => `${kind} ${status}: ${summary}`);
}

/** What the primary has counted of packs that were stored. */
async function stored({ core }: SetWorker | { core: WorkerSet["primary"] }): Promise<number> {
  const { traffic } = await core.counters.read();
  return traffic.reduce((sum, { writes }) => sum + writes, 0);
}

test("a backup whose objects come to two workers is one line, and so is the next, in whatever order the workers tell", async () => {
  await using set = await openWorkerSet();
  happen(set, 0, "POST", "locks/1");
  happen(set, 0, "POST", "data/a");
  happen(set, 1, "POST", "data/b");
  await sleep(2);
  happen(set, 1, "POST", "index/c");
  await sleep(2);
  happen(set, 0, "POST", "snapshots/d");
  await sleep(2);
  happen(set, 1, "DELETE", "locks/1");
  await sleep(2);
  happen(set, 1, "POST", "locks/2");
  happen(set, 1, "POST", "data/e");
  await sleep(2);
  happen(set, 1, "POST", "snapshots/f");
  happen(set, 1, "DELETE", "locks/2");
  set.workers[1]?.line.flush(); // all of it comes before anything of the other
  await sleep(30);
  set.workers[0]?.line.flush();
  await sleep(30);
  set.primary.activity[Symbol.dispose]();
  assert.deepEqual(await backups(set), [
    "backup.arrived succeeded: A backup arrived: 2 packs and 1 index (2.9 KiB), snapshot dddddddd",
    "backup.arrived succeeded: A backup arrived: 1 pack (1000 B), snapshot ffffffff",
  ]);
  assert.deepEqual(set.faults, []);
});

test("what workers tell is taken by itself a moment later, with the times at which it happened", async () => {
  await using set = await openWorkerSet();
  const startedAtMs = Date.now();
  happen(set, 0, "POST", "data/a");
  happen(set, 0, "POST", "snapshots/d");
  const endedAtMs = Date.now();
  let lines: readonly string[] = [];
  while (lines.length === 0) {
    await sleep(50);
    lines = await backups(set);
  }
  set.primary.activity[Symbol.dispose]();
  const line = (await set.operations()).find(({ kind }) => kind === "backup.arrived");
  assert.equal(line?.status, "succeeded");
  assert.ok(line.startedAtMs >= startedAtMs - 2 && line.startedAtMs <= endedAtMs + 2, `${line.startedAtMs - startedAtMs} ms`);
});

test("a worker tells of more places than it remembers, and each line is of the right one", async () => {
  await using set = await openWorkerSet({ workers: 1 });
  const { core, line } = set.workers[0] ?? assert.fail();
  const activity = new ToldActivity(lineToPrimary(line), 2);
  for (const name of ["a", "b", "c", "a", "d"]) {
    const path = parseRepositoryPath([name]) ?? assert.fail();
    const place = OpenRepository.forOperator(path, { kind: "account", name: "laptop", login: "laptop" });
    activity.stored(place, { type: "snapshots", id: idOf(name) }, { sizeBytes: 1, isNew: true });
  }
  line.flush();
  await sleep(30);
  set.primary.activity[Symbol.dispose]();
  const told = (await set.operations()).filter(({ kind }) => kind === "backup.arrived");
  assert.deepEqual(told.map(({ repository: path, details }) => `${path} ${String(details["snapshot"]).slice(0, 1)}`).sort(), [
    "/a/ a",
    "/a/ a",
    "/b/ b",
    "/c/ c",
    "/d/ d",
  ]);
  assert.ok(core);
});

test("what clients did while the primary was stuck is told afterwards as far as there was room, and what comes next is of the right place", async () => {
  await using set = await openWorkerSet({ workers: 1 });
  const { line, stick } = set.workers[0] ?? assert.fail();
  const activity = new ToldActivity(lineToPrimary(line));
  const stored = (name: string, letter: string) => {
    const place = OpenRepository.forOperator(parseRepositoryPath([name]) ?? assert.fail(), { kind: "account", name, login: name });
    activity.stored(place, { type: "snapshots", id: idOf(letter) }, { sizeBytes: 1, isNew: true });
  };
  stick(true);
  stored("a", "a");
  for (let count = 0; count < 10_000; count += 1) line.tell("ignored", null);
  stored("b", "b"); // lost, with the number of its place
  stick(false);
  line.flush();
  stored("b", "c");
  line.flush();
  await sleep(100);
  set.primary.activity[Symbol.dispose]();
  const told = (await set.operations()).filter(({ kind }) => kind === "backup.arrived");
  assert.deepEqual(told.map(({ repository: path, details }) => `${path} ${String(details["snapshot"]).slice(0, 1)}`).sort(), [
    "/a/ a",
    "/b/ c",
  ]);
  assert.deepEqual(set.faults, []);
});

test("the counters are those of all workers, whichever is asked and however soon, and never go down when one dies", async () => {
  await using set = await openWorkerSet();
  const [one, other] = [set.workers[0] ?? assert.fail(), set.workers[1] ?? assert.fail()];
  for (const letter of "abc") happen(set, 0, "POST", `data/${letter}`);
  happen(set, 1, "POST", "data/d");
  assert.deepEqual([await stored(one), await stored(other), await stored({ core: set.primary })], [4, 4, 4]);
  happen(set, 0, "POST", "data/e");
  assert.equal(await stored(other), 5);
  one.die();
  happen(set, 1, "POST", "data/f");
  assert.equal(await stored(other), 6);
  const { processes } = await other.core.counters.read();
  assert.deepEqual(
    processes.map(({ process }) => process),
    ["primary", "2"],
  );
  assert.ok(processes.every(({ metrics }) => metrics.some(({ name }) => name === "process_resident_memory_bytes")));
});

test("what a worker has counted reaches its primary within a moment, also when it ends in order", async () => {
  await using set = await openWorkerSet();
  happen(set, 0, "POST", "data/a");
  while ([...set.primary.traffic.all()].length === 0) await sleep(20);
  happen(set, 1, "POST", "data/b");
  await set.workers[1]?.core[Symbol.asyncDispose]();
  assert.equal(
    [...set.primary.traffic.all()].reduce((sum, { writes }) => sum + writes, 0),
    2,
  );
});

test("refusals at several workers are one line with their count", async () => {
  await using set = await openWorkerSet();
  const visitor = {
    accountId: 1,
    accountName: "laptop",
    login: "laptop",
    mostRole: undefined,
    origin: { door: "restic", address: "192.0.2.1" as const, client: "restic/0.19" },
  };
  for (const { core, line } of set.workers) {
    core.activity.refused({ text: "/other/" }, visitor, new HubError("forbidden", "No role"), "GET config");
    core.activity.refused({ text: "/other/" }, visitor, new HubError("not_found", "Nothing here"), "GET config"); // nobody needs to know
    line.flush();
  }
  await sleep(30);
  set.primary.activity[Symbol.dispose]();
  const refused = (await set.operations()).filter(({ kind }) => kind === "request.refused");
  assert.deepEqual(
    refused.map(({ summary, details }) => [summary, details["count"]]),
    [["Refused GET config: No role (2 times)", 2]],
  );
});

test("a worker that waits for a count wakes its primary, and is told what could not be counted", async () => {
  await using set = await openWorkerSet();
  const { core } = set.workers[0] ?? assert.fail();
  let woken = 0;
  set.primary.quotas.onRecountAsked(() => {
    woken += 1;
  });
  await core.quotas.askRecount("/laptop/");
  while (woken === 0) await sleep(5);
  set.primary.quotas.uncountable.set("/laptop/", true);
  while (core.quotas.uncountable.paths.length === 0) await sleep(5);
  assert.deepEqual(core.quotas.uncountable.paths, ["/laptop/"]);
  set.primary.quotas.uncountable.set("/laptop/", false);
  while (core.quotas.uncountable.paths.length > 0) await sleep(5);
});

test("an announced upload to a worker stops when what others write has brought the disk to its reserve", async () => {
  const storage = new MemoryStorage({ capacityBytes: 60_000_000 });
  const flags = { "limits.reserveBytes": "20000000" };
  await using set = await openWorkerSet({ storage, flags });
  const bytes = randomBytes(30_000_000);
  const id = parseObjectId(createHash("sha256").update(bytes).digest("hex")) ?? assert.fail();
  const filler = randomBytes(20_000_000);
  const fillerId = parseObjectId(createHash("sha256").update(filler).digest("hex")) ?? assert.fail();
  const signal = AbortSignal.timeout(30_000);
  const [one, other] = [set.workers[0] ?? assert.fail(), set.workers[1] ?? assert.fail()];
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += 1_000_000) {
      // In the middle of it the other one stores what had room when it looked.
      if (at === 10_000_000) {
        const body = Object.assign(
          (async function* () {
            yield filler;
          })(),
          { lengthBytes: filler.length },
        );
        await saveObject(other.core, repository, { type: "data", id: fillerId }, body, signal);
      }
      yield bytes.subarray(at, at + 1_000_000);
    }
  }
  const body = Object.assign(pieces(), { lengthBytes: bytes.length });
  await assert.rejects(saveObject(one.core, repository, { type: "data", id }, body, signal), { code: "storage_full" });
  assert.ok((await storage.space(repository.folder, signal)).freeBytes >= 20_000_000);
});
