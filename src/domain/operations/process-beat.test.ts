import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openDatabase } from "#db/database.ts";
import { HUB } from "#model/actor.ts";
import { startDoorHub } from "../../../test/support/door-hub.ts";
import { Timeline } from "./timeline.ts";

test("what a timeline has running is not taken for lost by another process, however long it runs", async () => {
  const leaseMs = 1000;
  await using door = await startDoorHub({ flags: { "limits.timelineLeaseMs": `${leaseMs}` } }); // it looks after what others have lost
  const { limits, log, clock } = door.hub.core;
  await using database = await openDatabase({ kind: "sqlite", file: join(door.data, "holdfast.sqlite"), limits });
  await using timeline = new Timeline({ database, clock, log, limits, process: "elsewhere/1" });
  timeline.begin({ kind: "import.done", startedAtMs: 1, actor: HUB, summary: "long" });
  await timeline.flush();
  await sleep(3.5 * leaseMs);
  const { operations } = await database.list("listOperations", { filter: { kinds: ["import.done"] }, limit: 10 });
  assert.deepEqual(
    operations.map(({ status }) => status),
    ["running"],
  );
});
