import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { OBJECT_TYPES } from "#model/repository.ts";
import { type DoorHub, startDoorHub } from "../../../test/support/door-hub.ts";
import { basic, randomObject, sha256 } from "../../../test/support/http-request.ts";

/** Every file below `restic/` that a client did not ask to be there. */
function leftovers(door: DoorHub): string[] {
  return globSync("**/.hub-tmp/*", { cwd: door.tree }).concat(globSync("**/*temp*", { cwd: door.tree }));
}

const ROLES = ["backup", "maintain"] as const;

test("0#1, 1.2 POST: a new object is exactly 200 with an empty body, and is read back", async () => {
  await using door = await startDoorHub();
  for (const type of OBJECT_TYPES) {
    const { id, bytes } = randomObject(1000);
    const reply = await door.send("POST", `/laptop/${type}/${id}`, { body: bytes });
    assert.deepEqual([reply.status, reply.body.length, reply.headers["content-length"]], [200, 0, "0"], type);
    assert.deepEqual((await door.send("GET", `/laptop/${type}/${id}`)).body, bytes);
  }
  assert.deepEqual(leftovers(door), []);
});

test("0#3, 1.2 HEAD: an object's length is told, whatever Range says, and an absent one is 404", async () => {
  await using door = await startDoorHub();
  const { id, bytes } = randomObject(1234);
  await door.send("POST", `/laptop/data/${id}`, { body: bytes });
  await door.send("POST", "/laptop/config", { body: "12345" });
  const head = await door.send("HEAD", `/laptop/data/${id}`, { headers: { range: "bytes=0-3" } });
  assert.deepEqual([head.status, head.headers["content-length"], head.body.length], [200, "1234", 0]);
  assert.equal((await door.send("HEAD", "/laptop/config")).headers["content-length"], "5");
  assert.equal((await door.send("HEAD", `/laptop/data/${"0".repeat(64)}`)).status, 404);
  assert.equal((await door.send("HEAD", "/other/config")).status, 404);
});

test("0#4: a range is 206 with an exact length, never chunked or compressed", async () => {
  await using door = await startDoorHub();
  const bytes = Buffer.alloc(200_000, "compressible ");
  const id = sha256(bytes);
  await door.send("POST", `/laptop/data/${id}`, { body: bytes });
  const reply = await door.send("GET", `/laptop/data/${id}`, { headers: { range: "bytes=10-150009", "accept-encoding": "gzip" } });
  assert.deepEqual([reply.status, reply.headers["content-length"]], [206, "150000"]);
  assert.equal(reply.headers["transfer-encoding"], undefined);
  assert.equal(reply.headers["content-encoding"], undefined);
});

test("0#5, 1.2 DELETE: what is there goes, and what is not there is 200 as well", async () => {
  await using door = await startDoorHub();
  const { id, bytes } = randomObject(10);
  await door.send("POST", `/laptop/data/${id}`, { body: bytes });
  for (let round = 0; round < 2; round += 1) {
    const reply = await door.send("DELETE", `/laptop/data/${id}`);
    assert.deepEqual([reply.status, reply.body.length], [200, 0]);
    assert.equal((await door.send("GET", `/laptop/data/${id}`)).status, 404);
  }
});

test("RS-4: with maintain, config and objects are stored, removed, gone, and removed again", async () => {
  await using door = await startDoorHub();
  const { id, bytes } = randomObject(10);
  for (const target of ["/laptop/config", `/laptop/data/${id}`]) {
    assert.equal((await door.send("POST", target, { body: bytes })).status, 200);
    assert.equal((await door.send("DELETE", target)).status, 200);
    assert.equal((await door.send("GET", target)).status, 404);
    assert.equal((await door.send("DELETE", target)).status, 200);
  }
});

for (const parent of ["/", "/parent1/sub1/", "/parent1/", "/parent2/"]) {
  test(`RS-2, 0#7: append-only at ${parent} stores once, takes the same again, and replaces and removes nothing`, async () => {
    await using door = await startDoorHub({ role: "backup" });
    const { id, bytes } = randomObject(100);
    for (const target of [`${parent}config`, `${parent}data/${id}`]) {
      const isConfig = target.endsWith("config");
      assert.equal((await door.send("GET", target)).status, 404);
      if (!isConfig) assert.equal((await door.send("POST", target, { body: "other bytes" })).status, 400);
      assert.equal((await door.send("POST", target, { body: bytes })).status, 200);
      assert.deepEqual((await door.send("GET", target)).body, bytes);
      assert.equal((await door.send("POST", target, { body: "other bytes" })).status, 403);
      assert.deepEqual((await door.send("GET", target)).body, bytes);
      assert.equal((await door.send("DELETE", target)).status, 403);
      assert.deepEqual((await door.send("GET", target)).body, bytes);
      assert.equal((await door.send("POST", target, { body: bytes })).status, 200);
    }
    assert.deepEqual(leftovers(door), []);
  });
}

test("RS-3: in append-only a lock is stored, not replaced, and removed", async () => {
  await using door = await startDoorHub({ role: "backup" });
  const { id, bytes } = randomObject(100);
  const target = `/laptop/locks/${id}`;
  assert.equal((await door.send("GET", target)).status, 404);
  assert.equal((await door.send("POST", target, { body: "other bytes" })).status, 400);
  assert.equal((await door.send("POST", target, { body: bytes })).status, 200);
  assert.deepEqual((await door.send("GET", target)).body, bytes);
  assert.equal((await door.send("POST", target, { body: "other bytes" })).status, 403);
  assert.equal((await door.send("DELETE", target)).status, 200);
  assert.equal((await door.send("GET", target)).status, 404);
});

test("1.2 DELETE: append-only refuses all but locks, there or not, and says why", async () => {
  await using door = await startDoorHub({ role: "backup" });
  const absent = "0".repeat(64);
  for (const target of ["config", ...OBJECT_TYPES.filter((type) => type !== "locks").map((type) => `${type}/${absent}`)]) {
    const reply = await door.send("DELETE", `/laptop/${target}`);
    assert.deepEqual([reply.status, reply.reason], [403, "Append-only: this account may add but not remove"], target);
  }
  assert.equal((await door.send("DELETE", `/laptop/locks/${absent}`)).status, 200);
});

test("1.7: a reader reads and keeps locks, and adds and removes nothing else", async () => {
  await using door = await startDoorHub({ role: "read" });
  mkdirSync(join(door.tree, "laptop", "keys"), { recursive: true });
  writeFileSync(join(door.tree, "laptop", "config"), "config");
  const { id, bytes } = randomObject(10);
  assert.equal((await door.send("GET", "/laptop/config")).status, 200);
  assert.equal((await door.send("POST", `/laptop/locks/${id}`, { body: bytes })).status, 200);
  assert.equal((await door.send("DELETE", `/laptop/locks/${id}`)).status, 200);
  for (const type of ["data", "keys", "index", "snapshots"]) {
    assert.equal((await door.send("POST", `/laptop/${type}/${id}`, { body: bytes })).status, 403, type);
    assert.equal((await door.send("DELETE", `/laptop/${type}/${id}`)).status, 403, type);
  }
  assert.equal((await door.send("POST", "/laptop/config", { body: "other" })).status, 403);
  assert.equal((await door.send("POST", `/nowhere/locks/${id}`, { body: bytes })).status, 404);
});

test("0#18, 1.2 POST: bytes that are not what their name says are 400 and leave nothing", async () => {
  await using door = await startDoorHub();
  for (const type of OBJECT_TYPES) {
    const { id } = randomObject(10);
    const reply = await door.send("POST", `/laptop/${type}/${id}`, { body: "something else" });
    assert.equal(reply.status, 400, type);
    assert.equal((await door.send("GET", `/laptop/${type}/${id}`)).status, 404);
  }
  assert.deepEqual(leftovers(door), []);
});

test("1.2 POST: other content under a stored name is 403, and the stored bytes stay", async () => {
  await using door = await startDoorHub();
  const { id, bytes } = randomObject(10);
  await door.send("POST", `/laptop/data/${id}`, { body: bytes });
  assert.equal((await door.send("POST", `/laptop/data/${id}`, { body: "other" })).status, 403);
  assert.deepEqual((await door.send("GET", `/laptop/data/${id}`)).body, bytes);
});

test("1.2 POST: a name that is not 64 lower-case hex digits is 404", async () => {
  await using door = await startDoorHub();
  for (const name of ["foobar", "0".repeat(63), "0".repeat(65), "A".repeat(64)]) {
    assert.equal((await door.send("POST", `/laptop/data/${name}`, { body: "x" })).status, 404, name);
  }
});

test("1.2 POST: a chunked body is stored like any other, and one with the wrong hash is not", async () => {
  await using door = await startDoorHub();
  const { id, bytes } = randomObject(300_000);
  async function* chunks(source: Buffer) {
    for (let at = 0; at < source.length; at += 70_000) yield source.subarray(at, at + 70_000);
  }
  assert.equal((await door.send("POST", `/laptop/data/${id}`, { body: chunks(bytes) })).status, 200);
  assert.deepEqual((await door.send("GET", `/laptop/data/${id}`)).body, bytes);
  assert.equal((await door.send("POST", `/laptop/data/${"1".repeat(64)}`, { body: chunks(bytes) })).status, 400);
});

test("RB-7, 1.2 POST: a body that ends before its declared length is not stored", async () => {
  await using door = await startDoorHub();
  const { id, bytes } = randomObject(1000);
  const { hostname, port } = new URL(door.url);
  const socket = connect(Number(port), hostname);
  socket.write(
    `POST /laptop/data/${id} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: ${basic(door.credentials)}\r\nContent-Length: 1042\r\n\r\n`,
  );
  socket.end(bytes);
  const reply = Buffer.concat(await socket.toArray()).toString("latin1");
  assert.doesNotMatch(reply, /^HTTP\/1\.1 [23]/);
  assert.equal((await door.send("GET", `/laptop/data/${id}`)).status, 404);
  assert.deepEqual(leftovers(door), []);
});

test("RS-10, 0#8: a stalled upload, a DELETE and a second upload of one name leave the second's bytes", async () => {
  await using door = await startDoorHub();
  const { id, bytes } = randomObject(200_000);
  const stalled = Promise.withResolvers<void>();
  const half = Promise.withResolvers<void>();
  async function* first() {
    yield bytes.subarray(0, 100_000);
    half.resolve();
    await stalled.promise;
    throw new Error("cable pulled");
  }
  const firstReply = door.send("POST", `/laptop/data/${id}`, { body: first() }).catch((error: unknown) => error);
  await half.promise;
  assert.equal((await door.send("DELETE", `/laptop/data/${id}`)).status, 200);
  assert.equal((await door.send("POST", `/laptop/data/${id}`, { body: bytes })).status, 200);
  stalled.resolve();
  await firstReply;
  assert.deepEqual((await door.send("GET", `/laptop/data/${id}`)).body, bytes);
});

test("1.5: twenty uploads of one object at once all succeed and leave one file", async () => {
  await using door = await startDoorHub();
  const { id, bytes } = randomObject(50_000);
  const replies = await Promise.all(Array.from({ length: 20 }, () => door.send("POST", `/laptop/data/${id}`, { body: bytes })));
  assert.deepEqual(new Set(replies.map((reply) => reply.status)), new Set([200]));
  assert.deepEqual(readdirSync(join(door.tree, "laptop", "data", id.slice(0, 2))), [id]);
  assert.deepEqual(leftovers(door), []);
});

for (const role of ROLES) {
  test(`1.5 #2: a damaged object is healed by a right upload and by no other, as ${role}`, async () => {
    await using door = await startDoorHub({ role });
    const { id, bytes } = randomObject(5000);
    await door.send("POST", `/laptop/data/${id}`, { body: bytes });
    const file = join(door.tree, "laptop", "data", id.slice(0, 2), id);
    for (const damage of [() => writeFileSync(file, "rotten"), () => truncateSync(file, 0), () => chmodSync(file, 0o000)]) {
      chmodSync(file, 0o600);
      damage();
      const before = statSync(file).size;
      assert.equal((await door.send("POST", `/laptop/data/${id}`, { body: "wrong bytes" })).status, 403);
      assert.equal(statSync(file).size, before);
      assert.equal((await door.send("POST", `/laptop/data/${id}`, { body: bytes })).status, 200);
      assert.deepEqual(readFileSync(file), bytes);
    }
    assert.deepEqual(leftovers(door), []);
  });
}

test("1.2 config: the same bytes again are 200, others 403, and DELETE then POST replaces it as migrate does", async () => {
  await using door = await startDoorHub();
  assert.equal((await door.send("POST", "/laptop/config", { body: "one" })).status, 200);
  assert.equal((await door.send("POST", "/laptop/config", { body: "one" })).status, 200);
  assert.equal((await door.send("POST", "/laptop/config", { body: "two" })).status, 403);
  assert.equal((await door.send("GET", "/laptop/config")).body.toString(), "one");
  assert.equal((await door.send("DELETE", "/laptop/config")).status, 200);
  assert.equal((await door.send("POST", "/laptop/config", { body: "two" })).status, 200);
});

test("1.2 config: a range of it is 206", async () => {
  await using door = await startDoorHub();
  await door.send("POST", "/laptop/config", { body: "0123456789" });
  const reply = await door.send("GET", "/laptop/config", { headers: { range: "bytes=2-4" } });
  assert.deepEqual([reply.status, reply.body.toString()], [206, "234"]);
});

test("RB-1: a config is created once, and a missing one is not found", async () => {
  await using door = await startDoorHub();
  const missing = await door.send("HEAD", "/laptop/config");
  assert.equal(missing.status, 404);
  const created = await Promise.all(["a", "b", "c"].map((body) => door.send("POST", "/laptop/config", { body })));
  assert.deepEqual(created.map((reply) => reply.status).sort(), [200, 403, 403]);
});

test("1.2: other methods on an object are 405 and name the four that work", async () => {
  await using door = await startDoorHub();
  for (const target of ["/laptop/config", `/laptop/data/${"0".repeat(64)}`]) {
    for (const method of ["PUT", "PATCH", "OPTIONS", "MKCOL"]) {
      const reply = await door.send(method, target);
      assert.deepEqual([reply.status, reply.headers["allow"]], [405, "HEAD, GET, POST, DELETE"], method);
    }
  }
});

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

test("7.2: an object that is a symbolic link is not followed", async () => {
  await using door = await startDoorHub();
  const secret = join(door.data, "secret");
  writeFileSync(secret, "secret");
  mkdirSync(join(door.tree, "laptop", "keys"), { recursive: true });
  const id = "0".repeat(64);
  symlinkSync(secret, join(door.tree, "laptop", "keys", id));
  symlinkSync(secret, join(door.tree, "laptop", "config"));
  for (const target of [`keys/${id}`, "config"]) {
    assert.equal((await door.send("GET", `/laptop/${target}`)).status, 404, target);
    assert.equal((await door.send("HEAD", `/laptop/${target}`)).status, 404, target);
  }
  assert.equal((await door.send("GET", "/laptop/keys/")).body.toString(), "[]");
  assert.equal(readFileSync(secret, "utf8"), "secret");
});

test("RB-4: forty parallel small uploads are listed with their names and sizes, and removed in parallel", async () => {
  await using door = await startDoorHub();
  const objects = Array.from({ length: 40 }, (_, index) => randomObject(index * 10 + 1));
  await Promise.all(objects.map(({ id, bytes }) => door.send("POST", `/laptop/data/${id}`, { body: bytes })));
  const headers = { accept: "application/vnd.x.restic.rest.v2" };
  const listed: { name: string; size: number }[] = JSON.parse((await door.send("GET", "/laptop/data/", { headers })).body.toString());
  const byName = (list: { name: string; size: number }[]) => list.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  assert.deepEqual(byName(listed), byName(objects.map(({ id, bytes }) => ({ name: id, size: bytes.length }))));
  await Promise.all(objects.map(({ id }) => door.send("DELETE", `/laptop/data/${id}`)));
  assert.equal((await door.send("GET", "/laptop/data/", { headers })).body.toString(), "[]");
});

test("RB-6: uploads of 0.2 to 8.6 MB are read back, have the right size, are removed and gone", async () => {
  await using door = await startDoorHub();
  for (let index = 0; index < 10; index += 1) {
    const { id, bytes } = randomObject(200_000 + Math.floor((index / 9) * 8_400_000));
    assert.equal((await door.send("POST", `/laptop/data/${id}`, { body: bytes })).status, 200);
    assert.equal(sha256((await door.send("GET", `/laptop/data/${id}`)).body), id);
    assert.equal((await door.send("HEAD", `/laptop/data/${id}`)).headers["content-length"], String(bytes.length));
    assert.equal((await door.send("DELETE", `/laptop/data/${id}`)).status, 200);
    assert.equal((await door.send("GET", `/laptop/data/${id}`)).status, 404);
  }
});

test("RB-8: all five types in parallel: absent, stored, read, read in part, removed, stored again, listed, removed", async () => {
  await using door = await startDoorHub();
  await Promise.all(
    OBJECT_TYPES.map(async (type) => {
      const { id, bytes } = randomObject(3000);
      const target = `/laptop/${type}/${id}`;
      assert.equal((await door.send("HEAD", target)).status, 404);
      assert.equal((await door.send("GET", target)).status, 404);
      for (let round = 0; round < 2; round += 1) {
        assert.equal((await door.send("POST", target, { body: bytes })).status, 200);
        assert.deepEqual((await door.send("GET", target)).body, bytes);
        const part = await door.send("GET", target, { headers: { range: "bytes=10-19" } });
        assert.deepEqual(part.body, bytes.subarray(10, 20));
        if (round === 0) assert.equal((await door.send("DELETE", target)).status, 200);
      }
      const listing = await door.send("GET", `/laptop/${type}/`, { headers: { accept: "application/vnd.x.restic.rest.v2" } });
      assert.deepEqual(JSON.parse(listing.body.toString()), [{ name: id, size: 3000 }]);
      assert.equal((await door.send("DELETE", target)).status, 200);
    }),
  );
});

test("1.6: objects are 0600 in folders of 0700, packs in a folder of their first two digits", async () => {
  await using door = await startDoorHub();
  const { id, bytes } = randomObject(10);
  await door.send("POST", `/laptop/data/${id}`, { body: bytes });
  await door.send("POST", "/laptop/config", { body: "c" });
  const folder = join(door.tree, "laptop");
  assert.equal(statSync(join(folder, "config")).mode & 0o777, 0o600);
  assert.equal(statSync(join(folder, "data", id.slice(0, 2), id)).mode & 0o777, 0o600);
  assert.equal(statSync(join(folder, "data", id.slice(0, 2))).mode & 0o777, 0o700);
  assert.equal(existsSync(join(folder, "data", id)), false);
});
