import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { DEFAULT_LIMITS } from "#limits.ts";
import { OPERATOR } from "#model/actor.ts";
import { findPostgres, type PostgresServer, runSql, startPostgres } from "../../test/support/postgres.ts";
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
import { quotasContract } from "./quotas.contract.ts";
import { findRepository } from "./repositories.ts";

const skip = findPostgres() === undefined ? "PostgreSQL is not installed here (Debian: apt-get install postgresql)" : undefined;

let starting: Promise<PostgresServer> | undefined;
after(async () => await (await starting)?.[Symbol.asyncDispose]());

databaseContract({ name: "postgres", skip, accessDelayMs: 1000, makePlace });
entryPathsContract({ name: "postgres", skip, accessDelayMs: 1000, makePlace });
credentialsContract({ name: "postgres", skip, accessDelayMs: 1000, makePlace });
apiTokensContract({ name: "postgres", skip, makePlace });
archivesContract({ name: "postgres", skip, makePlace });
dueWorkContract({ name: "postgres", skip, makePlace });
alarmsContract({ name: "postgres", skip, makePlace });
alarmDeliveriesContract({ name: "postgres", skip, makePlace });
quotasContract({ name: "postgres", skip, accessDelayMs: 1000, makePlace });

async function makePlace(): Promise<ContractPlace> {
  starting ??= startPostgres();
  const url = await (await starting).createDatabase();
  return {
    options: { kind: "postgres", url, limits: DEFAULT_LIMITS },
    execute: async (sql) => void (await runSql(url, sql)),
    [Symbol.asyncDispose]: async () => {},
  };
}

function on(title: string, body: (place: ContractPlace, url: string) => Promise<void>): void {
  test(`postgres: ${title}`, { skip: skip ?? false, timeout: 60_000 }, async () => {
    await using place = await makePlace();
    await body(place, urlOf(place.options));
  });
}

const remember = (path: string) => ({ path, home: "main", nowMs: 1, by: OPERATOR });

on("a change made elsewhere is told, long before the second in which the version is read again anyway", async ({ options }) => {
  await using database = await openDatabase(options);
  await using other = await openDatabase(options);
  await untilListening(urlOf(options), 1, () => database.accessVersion());
  await database.write("rememberRepository", remember("/own/"));
  await sleep(100); // its own notice has come, so that the next look reads and is fresh for a second
  const before = await database.accessVersion();
  await other.write("rememberRepository", remember("/a/"));
  const startedAtMs = performance.now();
  while ((await database.accessVersion()) === before && performance.now() - startedAtMs < 600) await sleep(5);
  assert.ok((await database.accessVersion()) > before);
});

on("a listening connection that is cut costs at most a second, and another takes its place", async ({ options }, url) => {
  await using database = await openDatabase(options);
  await using other = await openDatabase(options);
  await untilListening(url, 1, () => database.accessVersion());
  const before = await database.accessVersion();
  await runSql(url, `select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen %'`);
  await other.write("rememberRepository", remember("/a/"));
  const startedAtMs = performance.now();
  while ((await database.accessVersion()) === before && performance.now() - startedAtMs < 5000) await sleep(5);
  assert.ok(performance.now() - startedAtMs < 1500, `${performance.now() - startedAtMs} ms`);
  await untilListening(url, 1, () => database.accessVersion());
});

on("connections that the server cuts are replaced, and who was using one is refused", async ({ options }, url) => {
  await using database = await openDatabase(options);
  await runSql(
    url,
    "create function cut() returns trigger language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$",
  );
  await runSql(url, "create trigger cut after insert on repository for each row execute function cut()");
  await assertRefusal(database.write("rememberRepository", remember("/a/")), "unavailable", /PostgreSQL/);
  await runSql(url, "drop trigger cut on repository");
  await database.write("rememberRepository", remember("/b/"));
  assert.equal(await findRepository(database.read, "/a/"), undefined);
});

on("when the server goes away during the commit the refusal says that nobody knows", async ({ options }, url) => {
  await using database = await openDatabase(options);
  await runSql(
    url,
    "create function cut() returns trigger language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$",
  );
  await runSql(
    url,
    "create constraint trigger cut after insert on repository deferrable initially deferred for each row execute function cut()",
  );
  await assertRefusal(database.write("rememberRepository", remember("/a/")), "unavailable", /it may have been saved/);
});

on("a write that was undone for the sake of another is run again, a few times", async ({ options }, url) => {
  await using database = await openDatabase(options);
  await runSql(url, "create sequence tries");
  const failUntil = (tries: number) =>
    `create or replace function fail() returns trigger language plpgsql as $$ begin
       if nextval('tries') < ${tries} then raise exception 'again' using errcode = '40001'; end if; return null; end $$`;
  await runSql(url, failUntil(4));
  await runSql(url, "create trigger fail after insert on repository for each row execute function fail()");
  await database.write("rememberRepository", remember("/a/"));
  assert.deepEqual(await runSql(url, "select last_value::int as tries from tries"), [{ tries: 4 }]);

  await runSql(url, failUntil(1000));
  await assertRefusal(database.write("rememberRepository", remember("/b/")), "unavailable", /busy/);
  assert.deepEqual(await runSql(url, "select last_value::int as tries from tries"), [{ tries: 9 }]);
});

on("a statement that takes too long is given up", async ({ options }, url) => {
  await using database = await openDatabase({ ...options, limits: { ...DEFAULT_LIMITS, databaseWaitMs: 200 } });
  await runSql(url, "create function doze() returns trigger language plpgsql as $$ begin perform pg_sleep(20); return null; end $$");
  await runSql(url, "create trigger doze after insert on repository for each row execute function doze()");
  await assertRefusal(database.write("rememberRepository", remember("/a/")), "unavailable", /took too long/);
});

on("more calls than may wait for a connection are refused", async ({ options }) => {
  await using database = await openDatabase({ ...options, limits: { ...DEFAULT_LIMITS, postgresConnections: 1, databaseQueue: 2 } });
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) => database.write("rememberRepository", remember(`/${index}/`))),
  );
  const refused = outcomes.filter((outcome) => outcome.status === "rejected");
  assert.ok(refused.length > 0 && refused.length < 20);
  for (const { reason } of refused) await assertRefusal(Promise.reject(reason), "overloaded", /wait/);
});

on("whole numbers come back as numbers, and one that a number cannot hold is an error", async ({ options }, url) => {
  await using database = await openDatabase(options);
  const { createdAtMs } = await database.write("rememberRepository", { ...remember("/a/"), nowMs: Number.MAX_SAFE_INTEGER });
  assert.equal(createdAtMs, Number.MAX_SAFE_INTEGER);
  await runSql(url, "update repository set created_at_ms = 9007199254740993");
  await assert.rejects(findRepository(database.read, "/a/"), /9007199254740993/);
  await assert.rejects(database.write("rememberRepository", { ...remember("/b/"), nowMs: Number.NaN }), /no column holds/);
});

on("text that PostgreSQL cannot keep is a refusal", async ({ options }) => {
  await using database = await openDatabase(options);
  await assertRefusal(database.write("rememberRepository", remember("/a\0b/")), "invalid_input", /character/);
});

on("a wrong password and a missing database are refusals without the password in them", async ({ options }, url) => {
  const wrong = new URL(url);
  wrong.password = "not-this-one";
  await assertRefusal(openDatabase({ ...options, url: wrong.href } as DatabaseOptions), "unavailable", /refuses the sign-in$/);
  const missing = new URL(url);
  missing.pathname = "/missing";
  await assertRefusal(openDatabase({ ...options, url: missing.href } as DatabaseOptions), "unavailable", /no database of that name$/);
});

test("postgres: a server that does not answer is a refusal", async () => {
  const options = { kind: "postgres", url: "postgres://someone:secret@127.0.0.1:1/none", limits: DEFAULT_LIMITS } as const;
  await assertRefusal(openDatabase(options), "unavailable", /does not answer \(ECONNREFUSED\)$/);
});

function urlOf(options: DatabaseOptions): string {
  assert.ok(options.kind === "postgres");
  return options.url;
}

/** Waits until so many connections listen; `ask` makes them connect. */
async function untilListening(url: string, connections: number, ask: () => number | Promise<number>): Promise<void> {
  const deadlineMs = performance.now() + 10_000;
  for (;;) {
    await ask();
    const rows = await runSql(url, "select 1 from pg_stat_activity where query like 'listen %' and datname = current_database()");
    if (rows.length === connections) return;
    assert.ok(performance.now() < deadlineMs, `${rows.length} connections listen`);
    await sleep(20);
  }
}
