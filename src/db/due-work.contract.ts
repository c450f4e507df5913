import assert from "node:assert/strict";
import { test } from "node:test";
import { assertRefusal, type ContractEngine } from "./contract-place.ts";
import { type Database, openDatabase } from "./database.ts";
import { type ClaimedWork, hasDueWork, listDueWorkProcesses, type ScheduleInput, type WorkEnd } from "./due-work.ts";

const KIND = "archives.expire";

/** What the table of due work promises on that engine. */
export function dueWorkContract({ name: engine, skip, makePlace }: Omit<ContractEngine, "accessDelayMs">): void {
  const on = (title: string, body: (database: Database, other: Database) => Promise<void>) =>
    test(`${engine}: ${title}`, { skip: skip ?? false }, async () => {
      await using place = await makePlace();
      await using database = await openDatabase(place.options);
      await using other = await openDatabase(place.options);
      for (const process of ["one", "two"]) await database.write("registerDueWorkProcess", { process });
      await body(database, other);
    });

  on("processes that claim at once get each due piece once, and none that is not due", async (database, other) => {
    for (let index = 0; index < 40; index += 1) await schedule(database, { key: `k${index}`, dueAtMs: index });
    const claims = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const process = `claimer ${index}`;
        await database.write("registerDueWorkProcess", { process });
        return await claim(index % 2 === 0 ? database : other, { process, room: 5, nowMs: 29 });
      }),
    );
    const rest = await claim(database, { room: 50, nowMs: 29 });
    const keys = [...claims.flat(), ...rest].map(({ key }) => key);
    assert.equal(new Set(keys).size, keys.length, "one was claimed twice");
    assert.equal(keys.length, 30);
  });

  on("the oldest comes first, in each lane as many as it has room for, and only kinds that are known", async (database) => {
    await schedule(database, { key: "late", dueAtMs: 9 });
    await schedule(database, { key: "early", dueAtMs: 1, payload: { a: [1, null, "\0é"] } });
    await schedule(database, { key: "mail", kind: "mail.send", lane: "mail" });
    await schedule(database, { key: "new", kind: "from.the.future" });
    const wanted = {
      nowMs: 10,
      kinds: [KIND, "mail.send"],
      lanes: [
        { lane: "files", room: 1 },
        { lane: "mail", room: 3 },
      ],
      runningIds: [],
    };
    assert.equal(await hasDueWork(database.read, wanted), true);
    const claimed = (await database.write("claimDueWork", { process: "one", ...wanted })) ?? [];
    assert.deepEqual(
      claimed.map(({ key, payload, attempts }) => [key, payload, attempts]),
      [
        ["early", { a: [1, null, "\0é"] }, 1],
        ["mail", null, 1],
      ],
    );
    assert.equal(await hasDueWork(database.read, { ...wanted, kinds: ["mail.send"] }), false);
  });

  on("a piece that is scheduled again is moved as asked, and there is one of it", async (database) => {
    const dueIs = async (expected: number, change: Partial<ScheduleInput>) => {
      await schedule(database, change);
      assert.deepEqual(await rows(database), [expected], JSON.stringify(change));
    };
    await dueIs(50, { dueAtMs: 50 });
    await dueIs(50, { dueAtMs: 60, move: "earlier" });
    await dueIs(40, { dueAtMs: 40, move: "earlier" });
    await dueIs(40, { dueAtMs: 10, move: "keep" });
    await dueIs(70, { dueAtMs: 70, move: "to" });
    await database.write("cancelDueWork", { kind: KIND, key: "key" });
    assert.deepEqual(await rows(database), []);
    await assertRefusal(schedule(database, { payload: "x".repeat(4096) }), "invalid_input", /payload/);
    await assertRefusal(schedule(database, { key: "a\0b" }), "invalid_input", /key/);
    await assertRefusal(schedule(database, { key: "x".repeat(513) }), "invalid_input", /key/);
  });

  on("a piece is gone when it is done, comes again when it says so, and after its pause when it failed", async (database) => {
    await schedule(database, {});
    const [first] = await claim(database);
    assert.equal(await end(database, first, { kind: "failed", retryAtMs: 30, error: `no\0room ${"x".repeat(300)}` }), true);
    const row = await database.read.selectFrom("dueWork").selectAll().executeTakeFirstOrThrow();
    assert.match(row.lastError ?? "", /^no room x+\.\.\.$/);
    assert.equal(row.lastError?.length, 200);
    assert.deepEqual(await claim(database, { nowMs: 29 }), []);
    const [second] = await claim(database, { nowMs: 30 });
    assert.equal(second?.attempts, 2);
    assert.equal(await end(database, second, { kind: "released" }), true);
    const [third] = await claim(database, { nowMs: 30 });
    assert.equal(third?.attempts, 2, "what was broken off is no attempt");
    assert.equal(await end(database, third, { kind: "again", atMs: 90 }), true);
    const [fourth] = await claim(database, { nowMs: 90 });
    assert.equal(fourth?.attempts, 1);
    assert.equal(await end(database, fourth, { kind: "done" }), true);
    assert.deepEqual(await rows(database), []);
  });

  const ENDS: readonly (readonly [WorkEnd, "earlier" | "to", number])[] = [
    [{ kind: "done" }, "earlier", 50],
    [{ kind: "again", atMs: 40 }, "earlier", 40],
    [{ kind: "again", atMs: 60 }, "to", 50],
    [{ kind: "failed", retryAtMs: 45, error: "no" }, "to", 50],
    [{ kind: "failed", retryAtMs: 55, error: "no" }, "earlier", 55],
  ];
  for (const [ending, move, dueAtMs] of ENDS) {
    on(`what is asked for while it runs is not lost: ${JSON.stringify(ending)}, ${move}`, async (database) => {
      await schedule(database, {});
      const [work] = await claim(database);
      await schedule(database, { dueAtMs: 50, move, payload: "new" });
      assert.equal(await end(database, work, ending), true);
      assert.deepEqual(await rows(database), [dueAtMs]);
      assert.equal((await claim(database, { nowMs: 99 }))[0]?.payload, "new");
    });
  }

  on("the work of a process that has ended is free, and what it says afterwards changes nothing", async (database, other) => {
    await schedule(database, {});
    const [lost] = await claim(database);
    const beat = (await listDueWorkProcesses(database.read)).find(({ process }) => process === "one")?.beat ?? assert.fail();
    assert.equal(await database.write("beatDueWorkProcess", { process: "one" }), true);
    assert.equal(await other.write("endDueWorkProcess", { process: "one", beat }), undefined, "it has beaten since");
    assert.equal(await other.write("endDueWorkProcess", { process: "one", beat: beat + 1 }), 1);
    assert.equal(await database.write("beatDueWorkProcess", { process: "one" }), false);
    assert.equal(await tryClaim(database, "one"), undefined, "the dead claim nothing");
    assert.equal(await end(database, lost, { kind: "done" }), false);
    const [taken] = await claim(other, { process: "two" });
    assert.deepEqual([taken?.id, taken?.attempts], [lost?.id, 2]);
    for (const ending of [{ kind: "done" }, { kind: "again", atMs: 5 }, { kind: "released" }] as const) {
      assert.equal(await end(database, lost, ending), false);
    }
    assert.equal(await end(other, taken, { kind: "done" }, "two"), true);
  });

  on("what a claim without an answer took is given back by the next", async (database) => {
    await schedule(database, {});
    const [first] = await claim(database);
    assert.deepEqual(
      (await claim(database)).map(({ id, attempts }) => [id, attempts]),
      [[first?.id, 1]],
    );
    assert.deepEqual(await claim(database, { runningIds: [first?.id ?? 0] }), [], "what it runs it keeps");
  });

  on("pieces that a clock set back has left far ahead come as long from now as they were to wait", async (database) => {
    const HOUR = 3_600_000;
    await schedule(database, { key: "ahead", nowMs: 1000 * HOUR, dueAtMs: 1001 * HOUR });
    await schedule(database, { key: "right", nowMs: 10 * HOUR, dueAtMs: 500 * HOUR });
    await schedule(database, { key: "skewed", nowMs: 10 * HOUR + 60_000, dueAtMs: 600 * HOUR });
    assert.equal(await database.write("mendDueTimes", { nowMs: 10 * HOUR }), 1);
    assert.deepEqual(await rows(database), [11 * HOUR, 500 * HOUR, 600 * HOUR]);
    assert.equal(await database.write("mendDueTimes", { nowMs: 10 * HOUR }), 0);
  });
}

async function schedule(database: Database, change: Partial<ScheduleInput>): Promise<void> {
  const input: ScheduleInput = { kind: KIND, key: "key", lane: "files", dueAtMs: 1, payload: null, move: "to", nowMs: 1, ...change };
  await database.write("scheduleDueWork", input);
}

interface Claim {
  readonly process?: string;
  readonly room?: number;
  readonly nowMs?: number;
  readonly runningIds?: readonly number[];
}

async function claim(
  database: Database,
  { process = "one", room = 1, nowMs = 10, runningIds = [] }: Claim = {},
): Promise<readonly ClaimedWork[]> {
  const input = { process, nowMs, kinds: [KIND], lanes: [{ lane: "files", room }], runningIds };
  return (await database.write("claimDueWork", input)) ?? assert.fail("taken for dead");
}

async function tryClaim(database: Database, process: string) {
  return await database.write("claimDueWork", { process, nowMs: 10, kinds: [KIND], lanes: [{ lane: "files", room: 1 }], runningIds: [] });
}

async function end(database: Database, work: ClaimedWork | undefined, ending: WorkEnd, process = "one"): Promise<boolean> {
  return await database.write("endDueWork", { id: work?.id ?? assert.fail("nothing was claimed"), process, end: ending, nowMs: 20 });
}

/** When each piece is due, the oldest first. */
async function rows(database: Database): Promise<readonly number[]> {
  const found = await database.read.selectFrom("dueWork").select("dueAtMs").orderBy("dueAtMs").execute();
  return found.map(({ dueAtMs }) => dueAtMs);
}
