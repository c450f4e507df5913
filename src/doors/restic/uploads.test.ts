import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { OBJECT_TYPES } from "#model/repository.ts";
import { startDoorHub } from "../../../test/support/door-hub.ts";
import { basic, randomObject } from "../../../test/support/http-request.ts";
import { leftovers } from "../../../test/support/leftovers.ts";

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

for (const role of ["backup", "maintain"] as const) {
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

test("a refused upload leaves no row, and nothing that looks like a repository", async () => {
  await using door = await startDoorHub({ flags: { "limits.smallObjectBytes": "100" } });
  async function* large() {
    yield Buffer.alloc(200);
  }
  assert.equal((await door.send("POST", `/ghost/data/${"0".repeat(64)}`, { body: "other bytes" })).status, 400);
  assert.equal((await door.send("POST", "/ghost/config", { body: large() })).status, 403);
  assert.equal((await door.send("GET", "/ghost/keys/")).status, 404);
  assert.deepEqual(await door.hub.core.database.list("listRepositories", { after: undefined, limit: 10 }), []);
});

test("7.2: an object or a config makes no repository of a name that none may have", async () => {
  await using door = await startDoorHub();
  const { id, bytes } = randomObject(10);
  for (const target of ["/.hidden/config", `/a%3Ab/data/${id}`])
    assert.equal((await door.send("POST", target, { body: bytes })).status, 403, target);
  assert.equal(existsSync(join(door.tree, ".hidden")), false);
});

test("uploads and removals of one object at once never make it look damaged", async () => {
  await using door = await startDoorHub();
  const { id, bytes } = randomObject(100_000);
  const target = `/laptop/data/${id}`;
  const until = performance.now() + 1500;
  const statuses = new Set<number>();
  const repeat = async (method: string) => {
    while (performance.now() < until) statuses.add((await door.send(method, target, method === "POST" ? { body: bytes } : {})).status);
  };
  await Promise.all([repeat("POST"), repeat("POST"), repeat("POST"), repeat("DELETE")]);
  assert.deepEqual([...statuses], [200]);
  assert.deepEqual(leftovers(door), []);
});

test("an upload of another size than the stored object is refused without reading that", async () => {
  await using door = await startDoorHub();
  const { id, bytes } = randomObject(50_000);
  const target = `/laptop/data/${id}`;
  await door.send("POST", target, { body: bytes });
  assert.equal((await door.send("POST", target, { body: "x" })).status, 403);
  assert.deepEqual((await door.send("GET", target)).body, bytes);
});

test("what is no file at an object's name is never taken for a stored object", async () => {
  await using door = await startDoorHub();
  const { id, bytes } = randomObject(10);
  const path = join(door.tree, "laptop", "keys", id);
  mkdirSync(join(door.tree, "laptop", "keys"), { recursive: true });
  const places = [
    () => symlinkSync("nowhere", path),
    () => symlinkSync(door.data, path),
    () => mkdirSync(path),
    () => execFileSync("mkfifo", [path]),
  ];
  for (const place of places) {
    place();
    const reply = await door.send("POST", `/laptop/keys/${id}`, { body: bytes });
    assert.deepEqual([reply.status, reply.reason], [500, "Something that is no file lies under this name"]);
    assert.deepEqual(leftovers(door), []);
    rmSync(path, { recursive: true });
  }
  assert.equal((await door.send("POST", `/laptop/keys/${id}`, { body: bytes })).status, 200);
});
