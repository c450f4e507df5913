import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openDatabase } from "#db/database.ts";
import { openLog } from "#lib/log.ts";
import { DEFAULT_LIMITS, type Limits } from "#limits.ts";
import { HUB } from "#model/actor.ts";
import type { NewOperation } from "#model/operation.ts";
import { Timeline } from "./timeline.ts";

async function open(limits: Partial<Limits> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "timeline-"));
  const file = join(folder, "facts.sqlite");
  const database = await openDatabase({ kind: "sqlite", file, limits: { ...DEFAULT_LIMITS, ...limits } });
  const warnings: string[] = [];
  let writes = 0;
  const tell = () => {
    writes += 1;
  };
  const lines: string[] = [];
  const log = openLog({ level: "warn", format: "json" }, (line) => (line.includes('"warn"') ? warnings : lines).push(line));
  const timeline = new Timeline({ database, log, clock: Date.now, process: "test/1", tell, limits: { ...DEFAULT_LIMITS, ...limits } });
  return {
    timeline,
    lines,
    warnings,
    file,
    get writes() {
      return writes;
    },
    states: async () =>
      (await database.read.selectFrom("operation").select(["status", "summary", "endedAtMs", "details"]).orderBy("id").execute()).map(
        ({ status, summary, endedAtMs, details }) => [status, summary, endedAtMs, details],
      ),
    written: async () => await database.read.selectFrom("operation").select(["summary", "change"]).orderBy("id").execute(),
    async [Symbol.asyncDispose]() {
      await timeline[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

function started(summary: string): NewOperation {
  return { kind: "hub.started", status: "succeeded", startedAtMs: 1, endedAtMs: 1, actor: HUB, summary };
}

test("what is recorded is written soon after, in its order, each with a change of its own", async () => {
  await using it = await open();
  for (let count = 0; count < 600; count += 1) it.timeline.record(started(`${count}`));
  assert.equal((await it.written()).length, 0, "nobody has waited for it");
  await it.timeline.flush();
  const written = await it.written();
  assert.deepEqual(
    written.map(({ summary, change }) => [summary, change]),
    Array.from({ length: 600 }, (_, index) => [`${index}`, index + 1]),
  );
});

test("more lines than the queue holds are left out, and the log says how many", async () => {
  await using it = await open({ timelineQueue: 3 });
  for (let count = 0; count < 5; count += 1) it.timeline.record(started(`${count}`));
  await it.timeline[Symbol.asyncDispose]();
  assert.deepEqual(
    (await it.written()).map(({ summary }) => summary),
    ["0", "1", "2"],
  );
  assert.match(it.lines.join(""), /"count":2,"message":"operations are missing/);
});

test("an operation that goes on is one line, which says how far it is and how it ended", async () => {
  await using it = await open({ timelineReportMs: 300 });
  const running = it.timeline.begin({ kind: "import.done", startedAtMs: 5, actor: HUB, summary: "begun", details: { all: 9 } });
  await it.timeline.flush();
  assert.deepEqual(await it.states(), [["running", "begun", null, '{"all":9}']]);
  const before = it.writes;
  for (let done = 1; done <= 9; done += 1) running.report({ summary: `${done} of 9`, details: { done } });
  await sleep(150);
  assert.equal(it.writes, before, "not more often than it should");
  await sleep(400);
  assert.deepEqual([it.writes, await it.states()], [before + 1, [["running", "9 of 9", null, '{"all":9,"done":9}']]]);
  running.finish("succeeded", { endedAtMs: 8, summary: "all in" });
  running.finish("failed", { endedAtMs: 9 });
  running.report({ summary: "too late" });
  await sleep(400);
  assert.deepEqual(await it.states(), [["succeeded", "all in", 8, '{"all":9,"done":9}']]);
});

test("an operation that has ended before it was written is written once, as it ended", async () => {
  await using it = await open();
  it.timeline
    .begin({ kind: "import.done", startedAtMs: 5, actor: HUB, summary: "" })
    .finish("failed", { endedAtMs: 4, summary: "it broke" });
  await it.timeline.flush();
  assert.deepEqual([it.writes, await it.states()], [1, [["failed", "it broke", 5, "{}"]]]);
});

test("what still runs when the timeline closes is interrupted", async () => {
  await using it = await open();
  it.timeline.begin({ kind: "import.done", startedAtMs: 5, actor: HUB, summary: "begun" });
  await it.timeline.flush();
  it.timeline.begin({ kind: "import.done", startedAtMs: 6, actor: HUB, summary: "just begun" });
  await it.timeline[Symbol.asyncDispose]();
  assert.deepEqual(
    (await it.states()).map(([status]) => status),
    ["interrupted", "interrupted"],
  );
});

test("lines wait for a database that is locked, and none is lost or written twice", async () => {
  await using it = await open({ databaseBusyMs: 50 });
  const running = it.timeline.begin({ kind: "import.done", startedAtMs: 5, actor: HUB, summary: "begun" });
  await it.timeline.flush();
  {
    using other = new DatabaseSync(it.file);
    other.exec("BEGIN IMMEDIATE");
    it.timeline.record(started("while locked"));
    running.finish("succeeded", { endedAtMs: 6, summary: "ended while locked" });
    await sleep(600);
    other.exec("ROLLBACK");
  }
  await sleep(1200);
  assert.deepEqual(
    (await it.states()).map(([, summary]) => summary),
    ["ended while locked", "while locked"],
  );
  assert.match(it.warnings.join(""), /not written yet/);
});
