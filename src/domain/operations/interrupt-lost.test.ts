import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { HUB } from "#model/actor.ts";
import { startDoorHub } from "../../../test/support/door-hub.ts";
import { interruptLost } from "./interrupt-lost.ts";

const RUNNING = { kind: "import.done", status: "running", startedAtMs: 1, endedAtMs: undefined, actor: HUB, summary: "" } as const;

test("what a process that gives no sign of life has left running is interrupted after its lease, what one that does runs on", async () => {
  await using door = await startDoorHub({ flags: { "limits.timelineLeaseMs": "600" } });
  const { database } = door.hub.core;
  for (const process of ["elsewhere/dead", "elsewhere/alive"]) {
    await database.write("writeTimeline", { lines: [RUNNING], updates: [], process, nowMs: 1 });
  }
  for (let beats = 0; beats < 24; beats += 1) {
    await sleep(100);
    await database.write("beatOperationProcess", { process: "elsewhere/alive" });
  }
  assert.deepEqual(await database.list("listOperationProcesses", {}).then((all) => all.map(({ process }) => process)), ["elsewhere/alive"]);
});

test("what one's own forerunner has left is interrupted at once", async () => {
  await using door = await startDoorHub();
  const { core } = door.hub;
  await core.database.write("writeTimeline", { lines: [RUNNING, RUNNING], updates: [], process: "hub/before", nowMs: 1 });
  await core.database.write("writeTimeline", { lines: [RUNNING], updates: [], process: "other/1", nowMs: 1 });
  using _ = await interruptLost(core, (process) => process.startsWith("hub/"));
  const { operations } = await core.database.list("listOperations", { filter: { kinds: ["import.done"] }, limit: 10 });
  assert.deepEqual(
    operations.map(({ status }) => status),
    ["running", "interrupted", "interrupted"],
  );
});
