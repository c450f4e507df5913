import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { OBJECT_TYPES } from "#model/repository.ts";
import { startDoorHub } from "../../../test/support/door-hub.ts";
import { randomObject } from "../../../test/support/http-request.ts";
import { leftovers } from "../../../test/support/leftovers.ts";

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

test("1.2 POST: a reader may store nothing where something is, and finds nothing where nothing is", async () => {
  await using door = await startDoorHub();
  const reader = await door.addAccount("reader");
  await door.grant("reader", "/laptop/", "read");
  const { id, bytes } = randomObject(10);
  for (const target of ["config", `data/${id}`, `locks/${id}`]) {
    assert.equal((await door.send("POST", `/laptop/${target}`, { credentials: reader, body: bytes })).status, 404, target);
  }
  assert.equal(existsSync(join(door.tree, "laptop")), false);
  await door.send("POST", "/laptop/?create=true");
  for (const target of ["config", `data/${id}`]) {
    const refused = await door.send("POST", `/laptop/${target}`, { credentials: reader, body: bytes });
    assert.deepEqual([refused.status, refused.reason], [403, "This account has only the role read on /laptop/"], target);
  }
});
