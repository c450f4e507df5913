import assert from "node:assert/strict";
import { test } from "node:test";
import { type DoorHub, startDoorHub } from "../../../test/support/door-hub.ts";
import { randomObject } from "../../../test/support/http-request.ts";

type Stored = Readonly<Record<"data" | "index" | "keys" | "locks" | "snapshots", string>>;

/** A repository with an object of each type, as somebody else's `maintain` has made it. */
async function fill(door: DoorHub): Promise<Stored> {
  await door.send("POST", "/laptop/?create=true");
  await door.send("POST", "/laptop/config", { body: "config" });
  const put = async (type: string) => {
    const { id, bytes } = randomObject(60);
    assert.equal((await door.send("POST", `/laptop/${type}/${id}`, { body: bytes })).status, 200);
    return id;
  };
  return {
    data: await put("data"),
    index: await put("index"),
    keys: await put("keys"),
    locks: await put("locks"),
    snapshots: await put("snapshots"),
  };
}

// What each of restic's commands removes, and so fails at (spec section 1.7).
const BROKEN: readonly (readonly [command: string, ...removed: (keyof Stored | "config")[]])[] = [
  ["forget", "snapshots"],
  ["prune", "data", "index"],
  ["tag", "snapshots"],
  ["rewrite --forget", "snapshots"],
  ["key remove", "keys"],
  ["key passwd", "keys"],
  ["migrate upgrade_repo_v2", "config"],
  ["repair index", "index"],
];

test("1.7: append-only refuses what forget, prune, tag, rewrite, key, migrate and repair remove, and all of it stays", async () => {
  await using door = await startDoorHub({ role: "backup" });
  const stored = await fill(door);
  for (const [command, ...removed] of BROKEN) {
    for (const type of removed) {
      const target = type === "config" ? "/laptop/config" : `/laptop/${type}/${stored[type]}`;
      const { status, reason } = await door.send("DELETE", target);
      assert.deepEqual([status, reason], [403, "Append-only: this account may add but not remove"], command);
      assert.equal((await door.send("HEAD", target)).status, 200, command);
    }
  }
});

test("1.7: append-only lets a backup, a new key, the refresh of a lock and unlock of another host's through", async () => {
  await using door = await startDoorHub({ role: "backup" });
  const { locks } = await fill(door);
  const [lock, next, key] = [randomObject(50), randomObject(50), randomObject(50)];
  const post = async (type: string, { id, bytes }: typeof lock) =>
    (await door.send("POST", `/laptop/${type}/${id}`, { body: bytes })).status;
  const remove = async (id: string) => (await door.send("DELETE", `/laptop/locks/${id}`)).status;
  assert.deepEqual([await post("locks", lock), await post("locks", next), await remove(lock.id)], [200, 200, 200]);
  for (const type of ["data", "index", "snapshots"]) assert.equal(await post(type, randomObject(70)), 200, type);
  assert.equal(await post("keys", key), 200);
  assert.deepEqual([await remove(next.id), await remove(locks)], [200, 200]);
});
