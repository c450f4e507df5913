import assert from "node:assert/strict";
import { test } from "node:test";
import { setQuota } from "#domain/quotas/set-quota.ts";
import { OPERATOR } from "#model/actor.ts";
import { MemoryStorage } from "#storage/memory/memory-storage.ts";
import { type DoorHub, startDoorHub } from "../../../test/support/door-hub.ts";
import { randomObject } from "../../../test/support/http-request.ts";

async function upload(door: DoorHub, sizeBytes: number): Promise<number> {
  const { id, bytes } = randomObject(sizeBytes);
  return (await door.send("POST", `/laptop/data/${id}`, { body: bytes })).status;
}

/** `kind status count` of what was refused and warned of. */
async function told(door: DoorHub): Promise<readonly string[]> {
  const { timeline, database } = door.hub.core;
  await timeline.flush();
  const { operations } = await database.list("listOperations", { filter: { kinds: ["request.refused", "quota.warning"] }, limit: 10 });
  return operations.map(({ kind, status, details }) => `${kind} ${status} ${details["code"] ?? ""} ${details["count"] ?? ""}`.trimEnd());
}

test("a disk that is full stands in the timeline: one line for a client whose uploads do not fit, with how many they were", async () => {
  const flags = { "limits.reserveBytes": "1000", "limits.reserveShare": "0.000001" };
  await using door = await startDoorHub({ storage: new MemoryStorage({ capacityBytes: 10_000 }), flags });
  for (let count = 0; count < 3; count += 1) assert.equal(await upload(door, 9500), 507);
  assert.deepEqual(await told(door), ["request.refused refused storage_full 3"]);
});

test("a quota that is full stands in the timeline as its warning, and as no refusals beside it", async () => {
  await using door = await startDoorHub();
  await setQuota(door.hub.core, OPERATOR, { scope: { kind: "hub" }, hardBytes: 1000 });
  for (let count = 0; count < 3; count += 1) assert.equal(await upload(door, 2000), 507);
  for (let tries = 0; tries < 100 && (await told(door)).length === 0; tries += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(await told(door), ["quota.warning warning"]);
});
