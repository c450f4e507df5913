import assert from "node:assert/strict";
import { copyFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { addAccount } from "#domain/access/add-account.ts";
import { OPERATOR } from "#model/actor.ts";
import { type DoorHub, startDoorHub } from "../../../test/support/door-hub.ts";
import { httpRequest, randomObject } from "../../../test/support/http-request.ts";

const BUSY_MS = 1000;

/** A hub whose account has been in and has a repository, so that all it needs is known; with short patience. */
async function openHub(): Promise<DoorHub> {
  const door = await startDoorHub({ flags: { "limits.databaseBusyMs": String(BUSY_MS), "limits.databaseWaitMs": "20000" } });
  assert.equal((await door.send("POST", "/laptop/config", { body: "config" })).status, 200);
  return door;
}

/** Restic's own work goes on: packs come, are read, are listed. */
async function assertServes(door: DoorHub): Promise<void> {
  const { id, bytes } = randomObject(10_000);
  assert.equal((await door.send("POST", `/laptop/data/${id}`, { body: bytes })).status, 200);
  assert.deepEqual((await door.send("GET", `/laptop/data/${id}`)).body, bytes);
  assert.match((await door.send("GET", "/laptop/data/")).body.toString(), new RegExp(id));
}

/** A change of settings, by whoever shares the hub's core: `done`, or why not. */
async function change(door: DoorHub, name: string): Promise<string> {
  try {
    await addAccount(door.hub.core, OPERATOR, { name, appendOnly: false });
    return "done";
  } catch (error) {
    return `${(error as { code?: string }).code}: ${(error as Error).message}`;
  }
}

async function readiness(door: DoorHub): Promise<string> {
  const { status, body } = await httpRequest(door.hub.addresses["main"] ?? "", "GET", "/readyz");
  return `${status} ${body}`.trim();
}

async function waitUntilReady(door: DoorHub): Promise<void> {
  const deadlineMs = performance.now() + 20_000;
  while ((await readiness(door)) !== "204") {
    assert.ok(performance.now() < deadlineMs, "still not ready");
    await sleep(200);
  }
}

const fileOf = (door: DoorHub) => join(door.data, "holdfast.sqlite");

/** Another program that has the database for itself. */
function lock(door: DoorHub): Disposable {
  const other = new DatabaseSync(fileOf(door), { timeout: 5000 });
  other.exec("BEGIN EXCLUSIVE");
  return {
    [Symbol.dispose]() {
      other.exec("ROLLBACK");
      other.close();
    },
  };
}

test("a database that another program holds for a moment is waited for", async () => {
  await using door = await openHub();
  const held = lock(door);
  const changed = change(door, "desktop");
  await sleep(BUSY_MS / 3);
  held[Symbol.dispose]();
  assert.equal(await changed, "done");
});

test("a database that another program holds for long refuses changes and is not ready; backups go on, and it is over with the lock", async () => {
  await using door = await openHub();
  {
    using _ = lock(door);
    await assertServes(door);
    assert.equal(await change(door, "desktop"), "unavailable: The database is busy with another process");
    assert.equal(await readiness(door), "503 The database takes no changes");
    const { reason, status } = await door.send("DELETE", `/laptop/data/${"0".repeat(64)}`); // which notes the hour of the trash first
    assert.deepEqual([status, reason], [503, "The database is busy with another process"]);
    await assertServes(door);
  }
  assert.equal(await change(door, "desktop"), "done");
  assert.equal((await door.send("DELETE", `/laptop/data/${"0".repeat(64)}`)).status, 200);
  await waitUntilReady(door);
  assert.match(door.logLines.join(""), /database check failed.*busy with another process/);
});

test("a database file that is moved away takes no change into the dark: it is refused and not ready, until the file is back", async () => {
  await using door = await openHub();
  renameSync(fileOf(door), `${fileOf(door)}.moved`);
  assert.match(await change(door, "desktop"), /^unavailable: The database file was moved or replaced/);
  assert.equal(await readiness(door), "503 The database takes no changes");
  await assertServes(door);
  renameSync(`${fileOf(door)}.moved`, fileOf(door));
  assert.equal(await change(door, "desktop"), "done");
  await waitUntilReady(door);
});

test("a database file that is replaced by another one under the hub takes no change either", async () => {
  await using door = await openHub();
  copyFileSync(fileOf(door), `${fileOf(door)}.copy`);
  renameSync(`${fileOf(door)}.copy`, fileOf(door));
  assert.match(await change(door, "desktop"), /^unavailable: The database file was moved or replaced/);
  assert.match(await readiness(door), /^503/);
});

test("a database that takes nothing for long makes few lines in the log, and what happened meanwhile stands in the timeline after all", async () => {
  await using door = await openHub();
  const { id, bytes } = randomObject(1000);
  {
    using _ = lock(door);
    assert.equal((await door.send("POST", `/laptop/snapshots/${id}`, { body: bytes })).status, 200);
    await sleep(6000);
  }
  assert.ok(door.logLines.length < 30, `${door.logLines.length} lines`);
  const { core } = door.hub;
  for (let tries = 0; ; tries += 1) {
    await core.timeline.flush();
    const { operations } = await core.database.list("listOperations", { filter: {}, limit: 50 });
    if (operations.some(({ kind }) => kind.startsWith("backup"))) break;
    assert.ok(tries < 100, operations.map(({ kind }) => kind).join());
    await sleep(100);
  }
});
