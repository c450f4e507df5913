import assert from "node:assert/strict";
import { test } from "node:test";
import { type ObjectType, parseRepositoryPath } from "#model/repository.ts";
import { openWorkerSet, type WorkerSet } from "../../../test/support/worker-set.ts";
import { ObjectTraffic } from "../repositories/object-traffic.ts";
import { OpenRepository } from "../repositories/open-repository.ts";

const PATH = parseRepositoryPath(["laptop"]) ?? assert.fail();
const repository = OpenRepository.forOperator(PATH, { kind: "account", name: "laptop", login: "laptop" });

/** A second for the worker that does not answer, and time for a machine that is busy; far less than the 20 s of any other answer. */
const MOST_MS = 8000;

/** Has a worker count this many packs. */
function count({ workers }: WorkerSet, index: 0 | 1, packs: number): void {
  const traffic = (workers[index] ?? assert.fail()).core.traffic;
  for (let pack = 0; pack < packs; pack += 1) traffic.of(repository, "data").writes += 1;
}

/** Who answers for how it fares, and how many packs all have counted. */
async function scrape({ core }: { readonly core: WorkerSet["primary"] }): Promise<readonly [string, number]> {
  const startedAtMs = performance.now();
  const { traffic, processes } = await core.counters.read();
  const tookMs = performance.now() - startedAtMs;
  assert.ok(tookMs < MOST_MS, `${Math.round(tookMs)} ms`);
  return [processes.map(({ process }) => process).join(), traffic.reduce((sum, { writes }) => sum + writes, 0)];
}

test("a worker that hangs is left out of the metrics within a moment, and what it had told before stays counted", async () => {
  await using set = await openWorkerSet();
  const [hung, other] = [set.workers[0] ?? assert.fail(), set.workers[1] ?? assert.fail()];
  count(set, 0, 3);
  count(set, 1, 1);
  assert.deepEqual(await scrape({ core: set.primary }), ["primary,1,2", 4]);
  count(set, 0, 5);
  hung.hang(true);
  count(set, 1, 2);
  assert.deepEqual(await scrape({ core: set.primary }), ["primary,2", 6]);
  count(set, 1, 1);
  assert.deepEqual(await scrape(other), ["primary,2", 7], "also when another worker is asked");
});

test("what a worker has counted before and while it hung is counted once when it goes on, however often it was asked meanwhile", async () => {
  await using set = await openWorkerSet();
  const hung = set.workers[0] ?? assert.fail();
  count(set, 0, 3);
  hung.hang(true);
  for (let scrapes = 0; scrapes < 3; scrapes += 1) assert.deepEqual(await scrape({ core: set.primary }), ["primary,2", 0]);
  count(set, 0, 4);
  hung.hang(false);
  for (let scrapes = 0; scrapes < 3; scrapes += 1) assert.deepEqual(await scrape({ core: set.primary }), ["primary,1,2", 7]);
});

test("a worker that ends while it is asked is left out at once, and what it had told is not lost", async () => {
  await using set = await openWorkerSet();
  const dying = set.workers[0] ?? assert.fail();
  count(set, 0, 3);
  assert.deepEqual(await scrape({ core: set.primary }), ["primary,1,2", 3]);
  dying.hang(true);
  const startedAtMs = performance.now();
  const scraped = scrape({ core: set.primary });
  dying.die();
  assert.deepEqual(await scraped, ["primary,2", 3]);
  assert.ok(performance.now() - startedAtMs < 900, "it waited for one that had ended");
});

test("all workers are asked at once: several that hang hold up the metrics no longer than one", async () => {
  await using set = await openWorkerSet({ workers: 8 });
  for (const worker of set.workers) worker.hang(true);
  const startedAtMs = performance.now();
  assert.deepEqual(await scrape({ core: set.primary }), ["primary", 0]);
  assert.ok(performance.now() - startedAtMs < 4000, "one after the other they take eight seconds");
});

test("what is taken to be told is counted on from nothing, and adds up to what was counted", () => {
  const [worker, primary] = [new ObjectTraffic(10), new ObjectTraffic(10)];
  const types: readonly ObjectType[] = ["data", "index", "snapshots"];
  for (let round = 0; round < 20; round += 1) {
    for (const type of types) Object.assign(worker.of(repository, type), { writes: worker.of(repository, type).writes + 2 });
    if (round % 3 === 0) for (const counts of worker.take()) primary.add(counts);
  }
  for (const counts of worker.take()) primary.add(counts);
  assert.deepEqual(worker.take(), []);
  assert.deepEqual([...primary.all()].map(({ type, writes }) => `${type} ${writes}`).sort(), ["data 40", "index 40", "snapshots 40"]);
});
