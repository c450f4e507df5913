import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { addRepository } from "#domain/repositories/add-repository.ts";
import { OPERATOR } from "#model/actor.ts";
import { OBJECT_TYPES } from "#model/repository.ts";
import { filePath } from "#storage/file-path.ts";
import { MemoryStorage } from "#storage/memory/memory-storage.ts";
import { startDoorHub } from "../../../test/support/door-hub.ts";
import { basic, randomObject } from "../../../test/support/http-request.ts";
import { leftovers } from "../../../test/support/leftovers.ts";

test("7.3: objects over the bound of their type are 403 with a sentence, declared or not, and leave nothing", async () => {
  await using door = await startDoorHub({
    flags: { "limits.lockBytes": "500", "limits.smallObjectBytes": "1000", "limits.mediumObjectBytes": "2000", "limits.packBytes": "3000" },
  });
  async function* chunked(bytes: Buffer) {
    yield bytes;
  }
  const bounds = { keys: 1000, locks: 500, snapshots: 2000, index: 2000, data: 3000 };
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

test("7.3: many locks at once are no more than a repository may have", async () => {
  await using door = await startDoorHub({ flags: { "limits.locksPerRepository": "5" } });
  assert.equal((await door.send("POST", "/laptop/?create=true")).status, 200);
  const send = async (lock: ReturnType<typeof randomObject>) =>
    (await door.send("POST", `/laptop/locks/${lock.id}`, { body: lock.bytes })).status;
  const statuses = await Promise.all(Array.from({ length: 30 }, () => send(randomObject(140))));
  assert.deepEqual(new Set(statuses), new Set([200, 403]));
  assert.ok(readdirSync(join(door.tree, "laptop", "locks")).length <= 5);
});

test("7.3: what uploads under way have still to send is not there for others, until it came or they are gone", async () => {
  const storage = new MemoryStorage({ capacityBytes: 20_000_000 });
  await using door = await startDoorHub({ storage, flags: { "limits.reserveBytes": "10000000" } });
  assert.equal((await door.send("POST", "/laptop/?create=true")).status, 200);
  const { hostname, port } = new URL(door.url);
  const socket = connect(Number(port), hostname);
  const head = `POST /laptop/data/${randomObject(1).id} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: ${basic(door.credentials)}\r\n`;
  socket.write(`${head}Content-Length: 6000000\r\n\r\n?`);
  while (door.hub.core.uploads.pending.of("") === 0) await sleep(5);
  const send = async (sizeBytes: number) => {
    const { id, bytes } = randomObject(sizeBytes);
    return (await door.send("POST", `/laptop/data/${id}`, { body: bytes })).status;
  };
  assert.deepEqual([await send(5_000_000), await send(3_000_000)], [507, 200]);
  socket.destroy();
  while (door.hub.core.uploads.pending.of("") > 0) await sleep(5);
  assert.equal(await send(5_000_000), 200);
});

test("7.3: a body of unknown length is 507 once it has filled the disk up to its reserve", async () => {
  const storage = new MemoryStorage({ capacityBytes: 60_000_000 });
  await using door = await startDoorHub({ storage, flags: { "limits.reserveBytes": "40000000" } });
  const { id, bytes } = randomObject(50_000_000);
  async function* chunked() {
    for (let at = 0; at < bytes.length; at += 1_000_000) yield bytes.subarray(at, at + 1_000_000);
  }
  assert.equal((await door.send("POST", `/laptop/data/${id}`, { body: chunked() })).status, 507);
  assert.ok((await storage.space(filePath(), AbortSignal.timeout(1000))).freeBytes > 59_000_000, "and nothing is left of it");
});

test("an account owns only so many repositories, made at once or in turn, by whatever request; the operator may make more", async () => {
  await using door = await startDoorHub({ flags: { "limits.repositoriesPerAccount": "3" } });
  const nas = await door.addAccount("nas");
  const create = async (path: string) => (await door.send("POST", `${path}?create=true`)).status;
  const statuses = await Promise.all(Array.from({ length: 12 }, (_, index) => create(`/many/${index}/`)));
  assert.ok(statuses.filter((status) => status === 200).length <= 3);
  for (const path of ["/laptop/one/", "/laptop/two/", "/laptop/three/"]) await create(path);
  const listed = await door.hub.core.database.list("listRepositoryUse", { limit: 20 });
  assert.equal(listed.length, 3);
  const refused = await door.send("POST", "/laptop/four/?create=true");
  assert.deepEqual([refused.status, refused.reason], [403, "This account owns 3 repositories, and may make no more"]);
  const { id, bytes } = randomObject(10);
  assert.equal((await door.send("POST", `/laptop/four/data/${id}`, { body: bytes })).status, 403);
  assert.equal((await door.send("POST", "/laptop/four/config", { body: bytes })).status, 403);
  assert.equal(existsSync(join(door.tree, "laptop", "four")), false);
  assert.equal((await door.send("POST", `${listed[0]?.path}data/${id}`, { body: bytes })).status, 200);
  assert.equal((await door.send("POST", "/nas/?create=true", { credentials: nas })).status, 200);
  const signal = AbortSignal.timeout(10_000);
  await addRepository(door.hub.core, OPERATOR, { path: "/laptop/four/" }, signal);
  assert.equal((await door.send("POST", `/laptop/four/data/${id}`, { body: bytes })).status, 200);
});

test("the folders of a new repository stay out of the disk's reserve, and one that is there is fine", async () => {
  const storage = new MemoryStorage({ capacityBytes: 10_000_000 });
  await using door = await startDoorHub({ storage, flags: { "limits.reserveBytes": "8000000" } });
  assert.equal((await door.send("POST", "/laptop/?create=true")).status, 200);
  const { id, bytes } = randomObject(1_500_000);
  assert.equal((await door.send("POST", `/laptop/data/${id}`, { body: bytes })).status, 200);
  assert.equal((await door.send("POST", "/laptop/more/?create=true")).status, 507);
  assert.equal((await door.send("POST", "/laptop/?create=true")).status, 200);
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
