import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_LIMITS } from "#limits.ts";
import { OPERATOR } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import { DiskDriver } from "#storage/disk/disk-driver.ts";
import { JoinedDisk } from "#storage/disk/joined-disk.ts";
import { filePath } from "#storage/file-path.ts";
import { MemoryDisk } from "#storage/memory/memory-disk.ts";
import { startDoorHub } from "../../../test/support/door-hub.ts";
import { randomObject } from "../../../test/support/http-request.ts";
import { listTrash } from "./list-trash.ts";
import { restoreTrash } from "./restore-trash.ts";

const SIGNAL = new AbortController().signal;
const HOUR_MS = 3_600_000;

test("an upload into a full disk makes room in the trash of that disk, and takes nothing from another one's", async () => {
  const time = { ms: Date.UTC(2026, 10, 21, 17, 30) };
  const clock = () => time.ms;
  const disk = new JoinedDisk(new MemoryDisk({ capacityBytes: 1_000_000, clock }));
  const small = new MemoryDisk({ capacityBytes: 10_000, clock });
  disk.setParts([{ prefix: filePath("restic", "old"), disk: small, requireThere: () => undefined }]);
  await using storage = new DiskDriver(disk, { limits: DEFAULT_LIMITS, warn: () => undefined });
  const flags = { "limits.reserveBytes": "1000", "limits.trashHoldAgeMs": `${HOUR_MS}` };
  await using door = await startDoorHub({ storage, clock, monotonic: clock, flags });
  const post = async (repository: string, sizeBytes: number) => {
    const { id, bytes } = randomObject(sizeBytes);
    return { target: `/${repository}/data/${id}`, ...(await door.send("POST", `/${repository}/data/${id}`, { body: bytes })) };
  };
  const trashed = async () => (await Array.fromAsync(listTrash(door.hub.core, {}, SIGNAL))).map(({ name }) => name?.repository);
  for (const repository of ["own", "old"]) {
    const { status, target } = await post(repository, 5000);
    assert.equal(status, 200);
    assert.equal((await door.send("DELETE", target)).status, 200);
  }
  assert.deepEqual((await trashed()).sort(), ["/old/", "/own/"]);
  for (let hours = 0; hours < 4; hours += 0.5) {
    time.ms += HOUR_MS / 2;
    await door.hub.core.time.count();
  }
  assert.equal((await post("old", 6000)).status, 200);
  assert.deepEqual(await trashed(), ["/own/"]);
});

test("while the disk of one repository is away the trash of another one is listed and comes back", async () => {
  const options = { capacityBytes: 1_000_000_000_000, clock: Date.now };
  const disk = new JoinedDisk(new MemoryDisk(options));
  let isAway = false;
  const requireThere = () => {
    if (isAway) throw new HubError("unavailable", "The disk is away");
  };
  disk.setParts([{ prefix: filePath("restic", "old"), disk: new MemoryDisk(options), requireThere }]);
  await using storage = new DiskDriver(disk, { limits: DEFAULT_LIMITS, warn: () => undefined });
  await using door = await startDoorHub({ storage });
  const { core } = door.hub;
  const { id, bytes } = randomObject(100);
  for (const repository of ["own", "old"]) {
    assert.equal((await door.send("POST", `/${repository}/data/${id}`, { body: bytes })).status, 200);
    assert.equal((await door.send("DELETE", `/${repository}/data/${id}`)).status, 200);
  }
  const trashed = async (path: string) => (await Array.fromAsync(listTrash(core, { path }, SIGNAL))).length;
  isAway = true;
  assert.equal(await trashed("/own/"), 1);
  await assert.rejects(restoreTrash(core, OPERATOR, { path: "/old/" }, SIGNAL), HubError);
  assert.equal((await restoreTrash(core, OPERATOR, { path: "/own/" }, SIGNAL)).objects, 1);
  assert.deepEqual((await door.send("GET", `/own/data/${id}`)).body, bytes);
  isAway = false;
  assert.equal(await trashed("/old/"), 1);
  assert.equal((await restoreTrash(core, OPERATOR, { path: "/old/" }, SIGNAL)).objects, 1);
});
