import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { OPERATOR } from "#model/actor.ts";
import { assertRefusal, type ContractEngine, type ContractPlace } from "./contract-place.ts";
import { openDatabase } from "./database.ts";
import { modesContract } from "./modes.contract.ts";
import { nounsContract } from "./nouns.contract.ts";
import { operationsContract } from "./operations.contract.ts";
import { removalContract } from "./removal.contract.ts";
import { findRepository } from "./repositories.ts";

/** Everything a database promises, on that engine. */
export function databaseContract(engine: ContractEngine): void {
  nounsContract(engine);
  modesContract(engine);
  removalContract(engine);
  operationsContract(engine);
  const on = (title: string, body: (place: ContractPlace) => Promise<void>) =>
    test(`${engine.name}: ${title}`, { skip: engine.skip ?? false, timeout: 60_000 }, async () => {
      await using place = await engine.makePlace();
      await body(place);
    });

  on("two hundred writes at once are all saved", async ({ options }) => {
    await using database = await openDatabase(options);
    const paths = Array.from({ length: 200 }, (_, index) => `/r/${index}/`);
    await Promise.all(paths.map((path) => database.write("rememberRepository", { path, home: "main", nowMs: 1, by: OPERATOR })));
    const listed = await database.list("listRepositories", { limit: 1000 });
    assert.deepEqual(new Set(listed.map(({ path }) => path)), new Set(paths));
  });

  on("of many who ask for one name at once exactly one gets it, and writes beside a refused one are saved", async ({ options }) => {
    await using database = await openDatabase(options);
    const account = { name: "laptop", secretHash: "$hash", grants: [], nowMs: 1, by: OPERATOR };
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) => [
        database.write("addAccount", { ...account, login: `login${index}` }),
        database.write("rememberRepository", { path: `/${index}/`, home: "main", nowMs: 1, by: OPERATOR }),
      ]).flat(),
    );
    assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 11);
    assert.equal((await database.list("listRepositories", { limit: 100 })).length, 10);
    assert.equal((await database.list("listAccounts", { limit: 100 }))[0]?.logins.length, 1);
  });

  on("a change made by another process shows in the access version", async ({ options }) => {
    await using database = await openDatabase(options);
    const before = await database.accessVersion();
    assert.equal(await runChild(options, "write"), 0);
    const deadlineMs = performance.now() + engine.accessDelayMs;
    while ((await database.accessVersion()) === before && performance.now() < deadlineMs) await sleep(5);
    assert.ok((await database.accessVersion()) > before);
    assert.notEqual(await findRepository(database.read, "/child/"), undefined);
  });

  on("what was told to be saved is there after the process was killed", async ({ options }) => {
    const child = startChild(options, "write until killed");
    const told: string[] = [];
    const ended = once(child, "close");
    for await (const line of createInterface({ input: child.stdout })) if (told.push(line) === 100) child.kill("SIGKILL");
    await ended;
    await using database = await openDatabase(options);
    const saved = new Set((await database.list("listRepositories", { limit: 1000 })).map(({ path }) => path));
    assert.ok(told.length >= 100);
    assert.deepEqual(
      told.filter((path) => !saved.has(path)),
      [],
    );
    await database.write("rememberRepository", { path: "/after/", home: "main", nowMs: 1, by: OPERATOR });
  });

  on("processes that meet an empty database at once all open it", async ({ options }) => {
    assert.deepEqual(await Promise.all([1, 2, 3].map(() => runChild(options, "write"))), [0, 0, 0]);
    await using database = await openDatabase(options);
    assert.equal((await database.list("listRepositories", { limit: 10 })).length, 1);
  });

  on("a database that a newer Holdfast has changed is refused with a sentence", async ({ options, execute }) => {
    await (await openDatabase(options))[Symbol.asyncDispose]();
    await execute("insert into schema_migration (version, name) values (999, 'from the future')");
    await assertRefusal(openDatabase(options), "unavailable", /newer Holdfast: schema 999/);
  });

  on("an open database keeps no process alive, and what it was told to write is saved first", async ({ options }) => {
    assert.equal(await runChild(options, "write and leave open"), 0);
    await using database = await openDatabase(options);
    assert.notEqual(await findRepository(database.read, "/child/"), undefined);
  });

  on("a closed database takes no more writes and lists, and those under way are finished", async ({ options }) => {
    const database = await openDatabase(options);
    const underWay = [1, 2, 3].map((index) =>
      database.write("rememberRepository", { path: `/${index}/`, home: "main", nowMs: 1, by: OPERATOR }),
    );
    await database[Symbol.asyncDispose]();
    assert.equal((await Promise.all(underWay)).length, 3);
    await assertRefusal(
      database.write("rememberRepository", { path: "/late/", home: "main", nowMs: 1, by: OPERATOR }),
      "unavailable",
      /closed/,
    );
    await assertRefusal(database.list("listGrants", { limit: 1 }), "unavailable", /closed/);
  });
}

const CHILD = fileURLToPath(new URL("./contract-child.ts", import.meta.url));
const CHILD_MS = 30_000;

function startChild(options: object, task: string): ChildProcessByStdio<null, Readable, null> {
  // Killed when it does not end: a process that hangs fails its test.
  return spawn(process.execPath, [CHILD, JSON.stringify(options), task], {
    stdio: ["ignore", "pipe", "inherit"],
    timeout: CHILD_MS,
    killSignal: "SIGKILL",
  });
}

async function runChild(options: object, task: string): Promise<number | null> {
  const child = startChild(options, task);
  child.stdout.resume();
  const [code] = (await once(child, "close")) as [number | null];
  return code;
}
