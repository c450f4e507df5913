import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Database, openDatabase } from "#db/database.ts";
import { listDueWorkProcesses } from "#db/due-work.ts";
import { openLog } from "#lib/log.ts";
import { DEFAULT_LIMITS, type Limits } from "#limits.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import type { Job, Work } from "./job.ts";
import { Jobs } from "./jobs.ts";

const KIND = "archives.expire";

test("two processes on one database run each piece once, and never more of a lane at once than it has room for", async () => {
  await using place = await openPlace();
  const seen: string[] = [];
  const busy = { one: 0, two: 0 };
  let most = 0;
  const job =
    (name: "one" | "two") =>
    async ({ key }: Work) => {
      busy[name] += 1;
      most = Math.max(most, busy[name]);
      await sleep(1);
      busy[name] -= 1;
      seen.push(key);
      return undefined;
    };
  const [one, two] = [place.process(job("one")), place.process(job("two"))];
  const keys = Array.from({ length: 60 }, (_, index) => `${index}`);
  await Promise.all(keys.map((key) => one.schedule({ kind: KIND, key, dueAtMs: 0, payload: null, move: "to" })));
  for (const jobs of [one, two]) jobs.start();
  await until(async () => (await place.pieces()) === 0);
  assert.deepEqual(seen.toSorted(), keys.toSorted());
  assert.equal(most, 2);
});

test("lanes do not wait for each other", async () => {
  await using place = await openPlace();
  const hold = Promise.withResolvers<undefined>();
  const sent: string[] = [];
  const mail: Job = { kind: "mail.send", lane: "mail", run: async ({ key }) => void sent.push(key) as undefined };
  const jobs = place.process(() => hold.promise, { others: [mail] });
  for (const key of ["a", "b", "c"]) await jobs.schedule({ ...PIECE, key });
  await jobs.schedule({ ...PIECE, kind: "mail.send" });
  await jobs.look();
  await until(() => sent.length === 1);
  await until(() => jobs.running === 2);
  hold.resolve(undefined);
  await until(async () => (await place.pieces()) === 0);
});

test("a failure is logged and tried again after pauses that grow", async () => {
  await using place = await openPlace();
  const atMs: number[] = [];
  const jobs = place.process(async ({ attempts }) => {
    atMs.push(place.clock.ms);
    if (attempts < 4) throw new Error(`disk ${attempts} is gone`);
    return undefined;
  });
  await jobs.schedule(PIECE);
  for (; (await place.pieces()) > 0; place.clock.ms += 10_000) {
    await jobs.look();
    await until(() => jobs.running === 0);
    assert.ok(atMs.length < 9);
  }
  assert.deepEqual(atMs, [0, 10_000, 30_000, 70_000]);
  assert.equal(place.lines.filter((line) => /disk [123] is gone/.test(line)).length, 3);
});

test("after a long time without power a periodic piece runs once, not once for each time missed", async () => {
  await using place = await openPlace();
  const HOUR = 3_600_000;
  let runs = 0;
  const jobs = place.process(async () => {
    runs += 1;
    return place.clock.ms + HOUR;
  });
  await jobs.schedule(PIECE);
  const looks = async (expected: number) => {
    for (let index = 0; index < 3; index += 1) {
      await jobs.look();
      await until(() => jobs.running === 0);
    }
    assert.equal(runs, expected);
  };
  await looks(1);
  place.clock.ms = 1000 * HOUR;
  await looks(2);
  place.clock.ms = 10 * HOUR; // set back: what is to come in an hour does not wait for forty days
  await jobs.keepLeases();
  await looks(2);
  place.clock.ms = 11 * HOUR;
  await looks(3);
});

test("what a process claimed that ended without a word is run by another, after the length of a lease and not before", async () => {
  await using place = await openPlace();
  const seen: Work[] = [];
  const jobs = place.process(async (work) => void seen.push(work) as undefined);
  await jobs.schedule(PIECE);
  await place.database.write("registerDueWorkProcess", { process: "dead" });
  const claim = { process: "dead", nowMs: 0, kinds: [KIND], lanes: [{ lane: "files", room: 1 }], runningIds: [] };
  assert.equal((await place.database.write("claimDueWork", claim))?.length, 1);
  await jobs.keepLeases();
  place.running.ms += DEFAULT_LIMITS.jobLeaseMs - 1;
  place.clock.ms += 1e9; // a clock that jumps ends no lease
  await jobs.keepLeases();
  await jobs.look();
  assert.equal(seen.length, 0);
  place.running.ms += 1;
  await jobs.keepLeases();
  await until(() => seen.length === 1);
  assert.deepEqual(
    seen.map(({ attempts }) => attempts),
    [2],
  );
});

test("a run whose lease is lost is told so, and its result changes nothing", async () => {
  await using place = await openPlace();
  const begun = Promise.withResolvers<AbortSignal>();
  const hold = Promise.withResolvers<number>();
  const jobs = place.process((_, signal) => {
    begun.resolve(signal);
    return hold.promise;
  });
  await jobs.schedule(PIECE);
  await jobs.look();
  const signal = await begun.promise;
  for (const { process } of await listDueWorkProcesses(place.database.read)) await place.database.write("endDueWorkProcess", { process });
  await jobs.keepLeases();
  assert.match(String(signal.reason), /lease/);
  await jobs.look();
  assert.equal(jobs.running, 1, "it is not begun a second time beside the run that has not ended");
  hold.resolve(777);
  await until(() => place.lines.some((line) => line.includes("after its lease was lost")));
  const row = await place.database.read.selectFrom("dueWork").select("dueAtMs").executeTakeFirst();
  assert.equal(row?.dueAtMs, 0);
});

test("runs are stopped before anybody takes them over when the database does not take a sign of life", async () => {
  await using place = await openPlace();
  const begun = Promise.withResolvers<AbortSignal>();
  const jobs = place.process((_, signal) => {
    begun.resolve(signal);
    return untilAbort(signal);
  });
  await jobs.schedule(PIECE);
  await jobs.look();
  const signal = await begun.promise;
  place.isDown = true;
  place.running.ms += DEFAULT_LIMITS.jobLeaseMs / 2;
  await jobs.keepLeases();
  assert.equal(signal.aborted, false);
  place.running.ms += DEFAULT_LIMITS.jobLeaseMs / 6;
  await jobs.keepLeases();
  assert.match(String(signal.reason), /lease/);
});

test("a database that fails for a while delays work and results, is told once, and loses neither", async () => {
  await using place = await openPlace();
  const hold = Promise.withResolvers<undefined>();
  const jobs = place.process(() => hold.promise, { limits: { jobLookMs: 5 } });
  await jobs.schedule(PIECE);
  await jobs.look();
  place.isDown = true;
  hold.resolve(undefined);
  for (let index = 0; index < 5; index += 1) await sleep(5);
  assert.equal(jobs.running, 1, "its result is not written yet");
  assert.equal(place.lines.filter((line) => line.includes("waits for the database")).length, 1);
  place.isDown = false;
  await until(async () => (await place.pieces()) === 0);
  await until(() => jobs.running === 0);
});

test("a run that takes longer than it may is told to stop, and has failed", async () => {
  await using place = await openPlace();
  const jobs = place.process((_, signal) => untilAbort(signal), { limits: { jobDeadlineMs: 5 } });
  await jobs.schedule(PIECE);
  await jobs.look();
  await until(() => jobs.running === 0);
  const row = await place.database.read.selectFrom("dueWork").select(["lastError", "dueAtMs"]).executeTakeFirst();
  assert.deepEqual(row, { lastError: "It took longer than 5 ms", dueAtMs: 10_000 });
});

test("stopping tells the runs, gives their leases back, and counts no attempt", async () => {
  await using place = await openPlace();
  const jobs = place.process((_, signal) => untilAbort(signal));
  await jobs.schedule(PIECE);
  await jobs.look();
  await jobs.stop();
  const row = await place.database.read.selectFrom("dueWork").select(["leaseBy", "attempts", "dueAtMs"]).executeTakeFirst();
  assert.deepEqual(row, { leaseBy: null, attempts: 0, dueAtMs: 0 });
  assert.deepEqual(await listDueWorkProcesses(place.database.read), []);
});

test("stopping does not wait for ever, and what goes on all the same is not given to another", async () => {
  await using place = await openPlace();
  const hold = Promise.withResolvers<undefined>();
  const jobs = place.process(() => hold.promise, { limits: { jobStopMs: 20 } });
  await jobs.schedule(PIECE);
  await jobs.look();
  await jobs.stop();
  const row = await place.database.read.selectFrom("dueWork").select("leaseBy").executeTakeFirst();
  assert.equal(typeof row?.leaseBy, "string");
  hold.resolve(undefined);
});

test("ten thousand pieces that are due at once are held two at a time", async () => {
  await using place = await openPlace();
  let most = 0;
  let ran = 0;
  const jobs: Jobs = place.process(async () => {
    most = Math.max(most, jobs.running);
    ran += 1;
    return undefined;
  });
  const write = (index: number) =>
    place.database.write("scheduleDueWork", { ...PIECE, key: `${index}`, lane: "files", payload: "x".repeat(100), nowMs: 0 });
  for (let from = 0; from < 10_000; from += 2000) await Promise.all(Array.from({ length: 2000 }, (_, index) => write(from + index)));
  await jobs.look();
  await until(() => ran >= 200);
  await jobs.stop();
  assert.ok(most <= 2, `${most} at once`);
  assert.ok((await place.pieces()) <= 9800);
});

const PIECE = { kind: KIND, key: "key", dueAtMs: 0, payload: null, move: "to" } as const;

interface ProcessOptions {
  readonly others?: readonly Job[];
  readonly limits?: Partial<Limits>;
}

interface Place extends AsyncDisposable {
  readonly database: Database;
  /** The log. */
  readonly lines: string[];
  readonly clock: { ms: number };
  readonly running: { ms: number };
  isDown: boolean;
  /** How many pieces there are. */
  pieces(): Promise<number>;
  process(run: Job["run"], options?: ProcessOptions): Jobs;
}

/** One database and clocks that stand still; processes look by themselves only when they are started or have something to do. */
async function openPlace(): Promise<Place> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await tempFolder());
  const database = stack.use(await openDatabase({ kind: "sqlite", file: join(folder.path, "holdfast.sqlite"), limits: DEFAULT_LIMITS }));
  const lines: string[] = [];
  const log = openLog({ level: "debug", format: "json" }, (line) => void lines.push(line));
  const opened = stack.move();
  const place: Place = {
    database,
    lines,
    clock: { ms: 0 },
    running: { ms: 0 },
    isDown: false,
    pieces: async () => (await database.read.selectFrom("dueWork").select("id").execute()).length,
    process(run, { others = [], limits = {} }: ProcessOptions = {}) {
      const jobs: readonly Job[] = [{ kind: KIND, lane: "files", run }, ...others];
      const all = { ...DEFAULT_LIMITS, jobStopMs: 500, ...limits };
      return opened.use(
        new Jobs({ database: failing(place), log, limits: all, clock: () => place.clock.ms, runningMs: () => place.running.ms, jobs }),
      );
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
  return place;
}

/** The same database, whose writes are refused while it is down. */
function failing(place: { readonly database: Database; readonly isDown: boolean }): Database {
  const { database } = place;
  return new Proxy(database, {
    get(target, name) {
      if (name === "write" && place.isDown) return () => Promise.reject(new Error("the database is away"));
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

async function untilAbort(signal: AbortSignal): Promise<never> {
  const aborted = Promise.withResolvers<never>();
  const give = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", give);
  if (signal.aborted) give();
  return await aborted.promise;
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadlineMs = performance.now() + 10_000; !(await isSo()); await sleep(2)) {
    assert.ok(performance.now() < deadlineMs, "it did not come to that");
  }
}
