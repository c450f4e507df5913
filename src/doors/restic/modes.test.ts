import assert from "node:assert/strict";
import { test } from "node:test";
import { clearMode, listModes, setMode } from "#domain/modes/set-mode.ts";
import { OPERATOR } from "#model/actor.ts";
import { startDoorHub } from "../../../test/support/door-hub.ts";
import { randomObject } from "../../../test/support/http-request.ts";

test("a read-only repository is read and locked, and everything else is refused with its reason", async () => {
  await using door = await startDoorHub();
  const { core } = door.hub;
  const pack = randomObject(100);
  const lock = randomObject(50);
  assert.equal((await door.send("POST", "/laptop/config", { body: "config" })).status, 200);
  assert.equal((await door.send("POST", `/laptop/data/${pack.id}`, { body: pack.bytes })).status, 200);

  await setMode(core, OPERATOR, { path: "/laptop/", mode: "read_only", reason: "frozen until Friday" });
  assert.equal((await door.send("GET", `/laptop/data/${pack.id}`)).status, 200);
  assert.equal((await door.send("POST", `/laptop/locks/${lock.id}`, { body: lock.bytes })).status, 200);
  assert.equal((await door.send("DELETE", `/laptop/locks/${lock.id}`)).status, 200);
  const other = randomObject(100);
  for (const [method, target, body] of [
    ["POST", `/laptop/data/${other.id}`, other.bytes],
    ["POST", `/laptop/data/${pack.id}`, pack.bytes],
    ["POST", "/laptop/config", "config"],
    ["POST", "/laptop/?create=true", ""],
    ["POST", "/laptop/below/?create=true", ""],
    ["DELETE", `/laptop/data/${pack.id}`, ""],
    ["DELETE", "/laptop/config", ""],
  ] as const) {
    const { status, reason } = await door.send(method, target, { body });
    assert.deepEqual([status, reason], [403, "Read-only: frozen until Friday"], `${method} ${target}`);
  }
  assert.equal((await door.send("POST", `/nas/data/${other.id}`, { body: other.bytes })).status, 200, "another repository goes on");

  await clearMode(core, OPERATOR, { path: "/laptop/" });
  assert.equal((await door.send("DELETE", `/laptop/data/${pack.id}`)).status, 200);
});

test("maintenance of the whole hub keeps every request out with a 503 that clients repeat, and tells strangers nothing", async () => {
  await using door = await startDoorHub();
  const bob = await door.addAccount("bob");
  await setMode(door.hub.core, OPERATOR, { mode: "maintenance", reason: "back at 14:00" });
  const lock = randomObject(50);
  for (const [method, target] of [
    ["HEAD", "/laptop/config"],
    ["GET", "/laptop/data/"],
    ["POST", `/laptop/locks/${lock.id}`],
    ["DELETE", `/laptop/locks/${lock.id}`],
  ] as const) {
    const { status, reason } = await door.send(method, target, method === "POST" ? { body: lock.bytes } : {});
    assert.deepEqual([status, reason], [503, "Maintenance: back at 14:00"], method);
  }
  assert.equal((await door.send("GET", "/laptop/data/", { credentials: undefined })).status, 401);
  assert.equal((await door.send("GET", "/laptop/data/", { credentials: bob })).status, 403);
  await clearMode(door.hub.core, OPERATOR, {});
  assert.equal((await door.send("HEAD", "/laptop/config")).status, 404);
});

test("a reason that a client could not print, and a mode that is not there, are refused", async () => {
  await using door = await startDoorHub();
  const { core } = door.hub;
  for (const reason of ["", "  ", "x".repeat(61), "grün", "a\nb"]) {
    await assert.rejects(setMode(core, OPERATOR, { mode: "read_only", reason }), { code: "invalid_input" });
  }
  await assert.rejects(setMode(core, OPERATOR, { path: "", mode: "read_only", reason: "x" }), { code: "invalid_input" });
  await assert.rejects(clearMode(core, OPERATOR, {}), { code: "not_found" });
  await assert.rejects(clearMode(core, OPERATOR, { path: "laptop" }), { code: "not_found" });
  assert.deepEqual(await listModes(core), []);
});
