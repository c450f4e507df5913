import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openDatabase } from "#db/database.ts";
import { openLog } from "#lib/log.ts";
import { DEFAULT_LIMITS, type Limits } from "#limits.ts";
import { HUB } from "#model/actor.ts";
import type { NewOperation } from "#model/operation.ts";
import { Timeline } from "./timeline.ts";

async function open(limits: Partial<Limits> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "timeline-"));
  const database = await openDatabase({ kind: "sqlite", file: join(folder, "facts.sqlite"), limits: DEFAULT_LIMITS });
  const lines: string[] = [];
  const log = openLog({ level: "error", format: "json" }, (line) => lines.push(line));
  return {
    timeline: new Timeline({ database, log, limits: { ...DEFAULT_LIMITS, ...limits } }),
    lines,
    written: async () => await database.read.selectFrom("operation").select(["summary", "change"]).orderBy("id").execute(),
    async [Symbol.asyncDispose]() {
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
