import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { CompiledQuery, sql } from "kysely";
import { DEFAULT_LIMITS, type Limits } from "#limits.ts";
import { OPERATOR } from "#model/actor.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { alarmDeliveriesContract } from "./alarm-deliveries.contract.ts";
import { alarmsContract } from "./alarms.contract.ts";
import { apiTokensContract } from "./api-tokens.contract.ts";
import { archivesContract } from "./archives.contract.ts";
import { assertRefusal, type ContractPlace } from "./contract-place.ts";
import { credentialsContract } from "./credentials.contract.ts";
import { databaseContract } from "./database.contract.ts";
import { type DatabaseOptions, openDatabase } from "./database.ts";
import { dueWorkContract } from "./due-work.contract.ts";
import { entryPathsContract } from "./entry-paths.contract.ts";
import { MIGRATIONS, migrate } from "./migrations/migrate.ts";
import { quotasContract } from "./quotas.contract.ts";
import { findRepository } from "./repositories.ts";
import { openConnection } from "./sqlite/open-connection.ts";

databaseContract({ name: "sqlite", skip: undefined, accessDelayMs: 0, makePlace });
entryPathsContract({ name: "sqlite", skip: undefined, accessDelayMs: 0, makePlace });
credentialsContract({ name: "sqlite", skip: undefined, accessDelayMs: 0, makePlace });
apiTokensContract({ name: "sqlite", skip: undefined, makePlace });
archivesContract({ name: "sqlite", skip: undefined, makePlace });
dueWorkContract({ name: "sqlite", skip: undefined, makePlace });
alarmsContract({ name: "sqlite", skip: undefined, makePlace });
alarmDeliveriesContract({ name: "sqlite", skip: undefined, makePlace });
quotasContract({ name: "sqlite", skip: undefined, accessDelayMs: 0, makePlace });

async function makePlace(): Promise<ContractPlace> {
  const folder = await tempFolder();
  const options: DatabaseOptions = { kind: "sqlite", file: join(folder.path, "holdfast.sqlite"), limits: DEFAULT_LIMITS };
  const execute = async (statement: string) => {
    using handle = new DatabaseSync(options.file);
    handle.exec(statement);
  };
  return { options, execute, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

test("sqlite: two hundred writes at once share a few transactions", async () => {
  await using place = await makePlace();
  const { file } = fileOptions(place);
  await using database = await openDatabase(place.options);
  await database.write("rememberRepository", { path: "/first/", home: "main", nowMs: 1, by: OPERATOR });
  const before = countCommits(file);
  const writes = Array.from({ length: 200 }, (_, index) => ({ path: `/${index}/`, home: "main", nowMs: 1, by: OPERATOR }));
  await Promise.all(writes.map((write) => database.write("rememberRepository", write)));
  const commits = countCommits(file) - before;
  assert.ok(commits >= 1 && commits <= 20, `${commits} commits`);
});

test("sqlite: only its owner may read the file, and closing leaves the file alone", async () => {
  await using place = await makePlace();
  const { file } = fileOptions(place);
  {
    await using database = await openDatabase(place.options);
    await database.write("rememberRepository", { path: "/a/", home: "main", nowMs: 1, by: OPERATOR });
    const names = readdirSync(dirname(file)).filter((name) => name.startsWith("holdfast.sqlite"));
    assert.equal(names.length, 3, "the log and its index lie beside the file");
    for (const name of names) assert.equal(statSync(join(dirname(file), name)).mode & 0o777, 0o600, name);
  }
  assert.deepEqual(readdirSync(dirname(file)), ["holdfast.sqlite"]);
});

test("sqlite: a write that waits too long is withdrawn and never runs", async () => {
  await using place = await makePlace();
  const options = withLimits(place, { databaseWaitMs: 3000 });
  await using database = await openDatabase(options);
  await database.write("rememberRepository", { path: "/first/", home: "main", nowMs: 1, by: OPERATOR });
  {
    using other = new DatabaseSync(options.file);
    other.exec("BEGIN IMMEDIATE");
    await assertRefusal(
      database.write("rememberRepository", { path: "/late/", home: "main", nowMs: 1, by: OPERATOR }),
      "unavailable",
      /too long/,
    );
  }
  await database.write("rememberRepository", { path: "/next/", home: "main", nowMs: 1, by: OPERATOR });
  assert.equal(await findRepository(database.read, "/late/"), undefined);
});

test("sqlite: writes that meet the lock of another process are refused when it does not come free", async () => {
  await using place = await makePlace();
  const options = withLimits(place, { databaseBusyMs: 50 });
  await using database = await openDatabase(options);
  using other = new DatabaseSync(options.file);
  other.exec("BEGIN IMMEDIATE");
  await assertRefusal(database.write("rememberRepository", { path: "/a/", home: "main", nowMs: 1, by: OPERATOR }), "unavailable", /busy/);
  other.exec("ROLLBACK");
  await database.write("rememberRepository", { path: "/b/", home: "main", nowMs: 1, by: OPERATOR });
  assert.equal(await findRepository(database.read, "/a/"), undefined);
});

test("sqlite: more writes than may wait are refused at once, and later ones are taken again", async () => {
  await using place = await makePlace();
  await using database = await openDatabase(withLimits(place, { databaseQueue: 3 }));
  const remember = (index: number) => database.write("rememberRepository", { path: `/${index}/`, home: "main", nowMs: 1, by: OPERATOR });
  const taken = [1, 2, 3].map(remember);
  await assertRefusal(remember(4), "overloaded", /wait/);
  await Promise.all(taken);
  await remember(5);
  assert.equal((await database.list("listRepositories", { limit: 10 })).length, 4);
});

test("sqlite: an access version that has not changed costs no read of the row, and other changes leave it as it is", async () => {
  await using place = await makePlace();
  await using database = await openDatabase(place.options);
  const before = database.accessVersion();
  assert.equal(typeof before, "number");
  await place.execute("create table other (a); insert into other values (1)");
  await nextTurn();
  assert.equal(database.accessVersion(), before);
  await place.execute("update access_version set version = version + 1");
  await nextTurn();
  assert.equal(database.accessVersion(), Number(before) + 1);
});

test("sqlite: values that no column holds are refused before they reach the engine", async () => {
  await using place = await makePlace();
  await (await openDatabase(place.options))[Symbol.asyncDispose]();
  using connection = openConnection({ file: fileOptions(place).file, busyMs: 100, use: "read" });
  for (const value of [new Date(0), true, undefined, Number.NaN, {}, [1], () => 1]) {
    await assert.rejects(connection.db.executeQuery(CompiledQuery.raw("select ?", [value])), /Parameter 1 of a query is .*no column holds/);
  }
  const { rows } = await sql`select ${"a"} as a, ${1} as b, ${2n} as c, ${null} as d, ${new Uint8Array([7])} as e`.execute(connection.db);
  assert.deepEqual(rows, [{ a: "a", b: 1, c: 2, d: null, e: new Uint8Array([7]) }]);
});

test("sqlite: the connection for reads cannot change anything", async () => {
  await using place = await makePlace();
  await (await openDatabase(place.options))[Symbol.asyncDispose]();
  using connection = openConnection({ file: fileOptions(place).file, busyMs: 100, use: "read" });
  await assertRefusal(connection.db.deleteFrom("account").execute(), "unavailable", /may not be written/);
});

test("sqlite: a file that is no database is called so", async () => {
  await using place = await makePlace();
  writeFileSync(fileOptions(place).file, "this was never a database, and it is long enough to be looked at as one".repeat(20));
  await assertRefusal(openDatabase(place.options), "damaged", /not a database/);
});

test("sqlite: a folder that is missing is a refusal", async () => {
  await using place = await makePlace();
  const options = { ...fileOptions(place), file: join(dirname(fileOptions(place).file), "missing", "holdfast.sqlite") };
  await assertRefusal(openDatabase(options), "unavailable", /cannot be made/);
});

test("sqlite: a migration that fails leaves the schema as it was", async () => {
  await using place = await makePlace();
  await (await openDatabase(place.options))[Symbol.asyncDispose]();
  using connection = openConnection({ file: fileOptions(place).file, busyMs: 100, use: "write" });
  const broken = {
    name: "002-broken",
    async up(db: Parameters<(typeof MIGRATIONS)[0]["up"]>[0]) {
      await db.schema.createTable("half").addColumn("a", "text").execute();
      throw new Error("it broke");
    },
  };
  await assert.rejects(migrate(connection.db, "sqlite", [...MIGRATIONS, broken]), /it broke/);
  const tables = connection.handle.prepare("select name from sqlite_master where name = 'half'").all();
  assert.deepEqual(tables, []);
  await (await openDatabase(place.options))[Symbol.asyncDispose]();
});

test("sqlite: the event loop runs on while writes wait for the disk and lists are made", async () => {
  await using place = await makePlace();
  await using database = await openDatabase(place.options);
  using other = new DatabaseSync(fileOptions(place).file);
  other.exec("BEGIN IMMEDIATE");
  const write = database.write("rememberRepository", { path: "/a/", home: "main", nowMs: 1, by: OPERATOR });
  let turns = 0;
  for (const endMs = performance.now() + 300; performance.now() < endMs; turns += 1) await sleep(5);
  other.exec("ROLLBACK");
  await write;
  assert.ok(turns > 15, `${turns} turns`);
});

function fileOptions({ options }: ContractPlace): DatabaseOptions & { readonly kind: "sqlite" } {
  assert.ok(options.kind === "sqlite");
  return options;
}

function withLimits(place: ContractPlace, limits: Partial<Limits>): DatabaseOptions & { readonly kind: "sqlite" } {
  return { ...fileOptions(place), limits: { ...DEFAULT_LIMITS, ...limits } };
}

/** Frames of the write-ahead log that end a transaction (https://www.sqlite.org/fileformat2.html#the_write_ahead_log). */
function countCommits(file: string): number {
  const log = readFileSync(`${file}-wal`);
  const frameBytes = 24 + log.readUInt32BE(8);
  let commits = 0;
  for (let at = 32; at + frameBytes <= log.length; at += frameBytes) if (log.readUInt32BE(at + 4) !== 0) commits += 1;
  return commits;
}
