import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { OBJECT_TYPES } from "#model/repository.ts";
import { startDoorHub } from "../../../test/support/door-hub.ts";
import { randomObject, sha256 } from "../../../test/support/http-request.ts";
import { leftovers } from "../../../test/support/leftovers.ts";

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
