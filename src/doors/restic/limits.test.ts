import assert from "node:assert/strict";
import { test } from "node:test";
import { OBJECT_TYPES } from "#model/repository.ts";
import { MemoryStorage } from "#storage/memory/memory-storage.ts";
import { startDoorHub } from "../../../test/support/door-hub.ts";
import { randomObject } from "../../../test/support/http-request.ts";
import { leftovers } from "../../../test/support/leftovers.ts";

test("7.3: objects over the bound of their type are 403 with a sentence, declared or not, and leave nothing", async () => {
  await using door = await startDoorHub({
    flags: { "limits.smallObjectBytes": "1000", "limits.mediumObjectBytes": "2000", "limits.packBytes": "3000" },
  });
  async function* chunked(bytes: Buffer) {
    yield bytes;
  }
  const bounds = { keys: 1000, locks: 1000, snapshots: 2000, index: 2000, data: 3000 };
  for (const [type, bound] of Object.entries(bounds)) {
    const fits = randomObject(bound);
    const over = randomObject(bound + 1);
    assert.equal((await door.send("POST", `/laptop/${type}/${fits.id}`, { body: fits.bytes })).status, 200, type);
    const declared = await door.send("POST", `/laptop/${type}/${over.id}`, { body: over.bytes });
    assert.deepEqual([declared.status, declared.reason], [403, `Too large: objects of this type have at most ${bound} bytes`]);
    assert.equal((await door.send("POST", `/laptop/${type}/${over.id}`, { body: chunked(over.bytes) })).status, 403, type);
  }
  assert.equal((await door.send("POST", "/laptop/config", { body: Buffer.alloc(1001) })).status, 403);
  assert.deepEqual(leftovers(door), []);
});

test("7.3: a repository with too many locks takes no more until some are removed", async () => {
  await using door = await startDoorHub({ flags: { "limits.locksPerRepository": "3" } });
  const locks = [1, 2, 3, 4].map(() => randomObject(10));
  const replies = [];
  for (const lock of locks) replies.push((await door.send("POST", `/laptop/locks/${lock.id}`, { body: lock.bytes })).status);
  assert.deepEqual(replies, [200, 200, 200, 403]);
  await door.send("DELETE", `/laptop/locks/${locks[0]?.id}`);
  assert.equal((await door.send("POST", `/laptop/locks/${locks[3]?.id}`, { body: locks[3]?.bytes ?? "" })).status, 200);
});

test("7.3: below the disk's reserve a pack is 507, and a lock, an index or a snapshot is not", async () => {
  await using door = await startDoorHub({ flags: { "limits.reserveBytes": String(2 ** 52) } });
  for (const type of OBJECT_TYPES) {
    const { id, bytes } = randomObject(10);
    const reply = await door.send("POST", `/laptop/${type}/${id}`, { body: bytes });
    assert.equal(reply.status, type === "data" ? 507 : 200, type);
  }
});

test("7.3: a pack counts against the disk's reserve with its own size", async () => {
  const storage = new MemoryStorage({ capacityBytes: 10_000_000 });
  await using door = await startDoorHub({ storage, flags: { "limits.reserveBytes": "9000000" } });
  const small = randomObject(500_000);
  const large = randomObject(2_000_000);
  assert.equal((await door.send("POST", `/laptop/data/${large.id}`, { body: large.bytes })).status, 507);
  assert.equal((await door.send("POST", `/laptop/data/${small.id}`, { body: small.bytes })).status, 200);
});
