import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Database, type DatabaseOptions, openDatabase } from "#db/database.ts";
import { TimelineBus } from "#events/timeline-bus.ts";
import { DEFAULT_LIMITS } from "#limits.ts";
import { HUB } from "#model/actor.ts";
import type { NewOperation } from "#model/operation.ts";
import { findPostgres, type PostgresServer, startPostgres } from "../../../test/support/postgres.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { followOperations, type TimelineEvent } from "./follow-operations.ts";

let starting: Promise<PostgresServer> | undefined;
after(async () => await (await starting)?.[Symbol.asyncDispose]());

for (const engine of ["sqlite", "postgres"] as const) {
  const skip = engine === "postgres" && findPostgres() === undefined && "PostgreSQL is not installed here";
  const on = (title: string, body: (options: DatabaseOptions, core: Reader) => Promise<void>) =>
    test(`${engine}: ${title}`, { skip, timeout: 60_000 }, async () => {
      await using folder = await tempFolder();
      starting ??= engine === "postgres" ? startPostgres() : undefined;
      const options: DatabaseOptions =
        engine === "postgres"
          ? { kind: engine, url: (await (await starting)?.createDatabase()) ?? "", limits: DEFAULT_LIMITS }
          : { kind: engine, file: `${folder.path}/facts.sqlite`, limits: DEFAULT_LIMITS };
      await using database = await openDatabase(options);
      await body(options, { database, timelineBus: new TimelineBus((told) => database.watchOperations(told)) });
    });

  on("who follows is told each change once and in order, whoever writes it", async (options, core) => {
    await using elsewhere = await openDatabase(options);
    await write(core.database, 3);
    const followed = take(core, { after: 1 }, 62);
    await sleep(50);
    for (let count = 0; count < 20; count += 1) {
      await Promise.all([write(core.database, 2), write(elsewhere, 1)]);
    }
    assert.deepEqual(
      await followed,
      Array.from({ length: 62 }, (_, index) => index + 2),
    );
  });

  on("who begins now is told only of what comes, and soon, also when another process writes it", async (options, core) => {
    await using elsewhere = await openDatabase(options);
    await write(core.database, 5);
    const followed = take(core, {}, 1);
    await sleep(300);
    const writtenAtMs = performance.now();
    await write(elsewhere, 1);
    assert.deepEqual(await followed, [6]);
    assert.ok(performance.now() - writtenAtMs < 1500, `${performance.now() - writtenAtMs} ms`);
  });
}

test("a slow reader misses nothing and gets a line that has changed meanwhile once, as it is now", async () => {
  await using it = await openSqlite();
  await write(it.database, 600);
  const seen: number[] = [];
  const stop = new AbortController();
  for await (const event of followOperations(it, { after: 0 }, stop.signal)) {
    if (event.kind !== "operation") break;
    seen.push(event.operation.id);
    if (seen.length === 1) {
      const update = { kind: "hub.started", status: "warning", endedAtMs: 2, summary: "again", details: {} } as const;
      await it.database.write("writeTimeline", { lines: [], updates: [{ ...update, id: 500 }], process: "p/1", nowMs: 1 });
    }
  }
  assert.equal(seen.length, 600);
  assert.equal(seen.at(-1), 500, "it comes where its last change is");
});

test("who comes back with a change that is not kept any more is told to begin anew, and goes on from now", async () => {
  await using it = await openSqlite();
  await write(it.database, 10);
  await it.database.write("trimOperations", { beforeMs: 0, settingsBeforeMs: 0, mostLines: 4 });
  assert.deepEqual(
    (await events(it, 3, 2)).map(({ kind }) => kind),
    ["reset", "caught_up"],
  );
  assert.deepEqual(await events(it, 999, 1), [{ kind: "reset", change: 10 }]);
  assert.deepEqual(
    (await events(it, 6, 4)).map((event) => event.kind === "operation" && event.operation.id),
    [7, 8, 9, 10],
  );
});

test("nobody is asked for news while nobody follows, and a follower that leaves is forgotten", async () => {
  let watching = 0;
  const bus = new TimelineBus(() => {
    watching += 1;
    return {
      [Symbol.dispose]: () => {
        watching -= 1;
      },
    };
  });
  await using it = await openSqlite();
  const core = { database: it.database, timelineBus: bus };
  const stop = new AbortController();
  const readers = [1, 2].map(async () => await Array.fromAsync(followOperations(core, {}, stop.signal)));
  await sleep(200);
  assert.equal(watching, 1);
  stop.abort();
  for (const told of await Promise.all(readers)) assert.deepEqual(told, [{ kind: "caught_up", change: 0 }]);
  assert.equal(watching, 0);
  bus.tell();
});

type Reader = Parameters<typeof followOperations>[0];

async function openSqlite() {
  const folder = await tempFolder();
  const database = await openDatabase({ kind: "sqlite", file: `${folder.path}/facts.sqlite`, limits: DEFAULT_LIMITS });
  return {
    database,
    timelineBus: new TimelineBus((told) => database.watchOperations(told)),
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function write(database: Database, count: number): Promise<void> {
  const line: NewOperation = { kind: "hub.started", status: "succeeded", startedAtMs: 1, endedAtMs: 1, actor: HUB, summary: "" };
  await database.write("writeTimeline", { lines: Array.from({ length: count }, () => line), updates: [], process: "p/1", nowMs: 1 });
}

/** The first changes that a follower is told, by their numbers. */
async function take(core: Reader, options: Parameters<typeof followOperations>[1], count: number): Promise<number[]> {
  const changes: number[] = [];
  const signal = AbortSignal.timeout(20_000);
  for await (const event of followOperations(core, options, signal)) {
    if (event.kind === "operation" && changes.push(event.operation.change) === count) break;
  }
  return changes;
}

async function events(core: Reader, afterChange: number, count: number): Promise<TimelineEvent[]> {
  const told: TimelineEvent[] = [];
  const stop = new AbortController();
  for await (const event of followOperations(core, { after: afterChange }, stop.signal)) if (told.push(event) === count) break;
  return told;
}
