import assert from "node:assert/strict";
import { test } from "node:test";
import { addHold } from "#domain/removal/add-hold.ts";
import { closeCleanupWindow } from "#domain/removal/close-cleanup-window.ts";
import { listCleanupWindows } from "#domain/removal/list-cleanup-windows.ts";
import { listHolds } from "#domain/removal/list-holds.ts";
import { openCleanupWindow } from "#domain/removal/open-cleanup-window.ts";
import { removeHold } from "#domain/removal/remove-hold.ts";
import { setCleanupOnly } from "#domain/removal/set-cleanup-only.ts";
import { OPERATOR } from "#model/actor.ts";
import { type DoorHub, startDoorHub } from "../../../test/support/door-hub.ts";
import { randomObject } from "../../../test/support/http-request.ts";

const DAY_MS = 86_400_000;

async function store(door: DoorHub, path = "/laptop/"): Promise<string> {
  const { id, bytes } = randomObject(50);
  const target = `${path}data/${id}`;
  assert.equal((await door.send("POST", target, { body: bytes })).status, 200);
  return target;
}

test("a hold is refused in a sentence with the next request, and ends with the one after it is lifted", async () => {
  await using door = await startDoorHub({ role: "admin" });
  const { core } = door.hub;
  const target = await store(door);
  const untilMs = Date.UTC(2099, 0, 1);
  const hold = await addHold(core, OPERATOR, { path: "laptop", term: { kind: "fixed", untilMs }, reason: "Audit \u2014 see ticket 7" });
  const refused = await door.send("DELETE", target);
  assert.deepEqual([refused.status, refused.reason], [403, "Held until 2099-01-01 00:00 UTC: Audit ? see ticket 7"]);
  assert.equal((await door.send("GET", target)).status, 200);
  // Nothing is held where nothing is: restic sends DELETE after each failed upload. Uploads and locks go on.
  assert.equal((await door.send("DELETE", `/laptop/data/${"0".repeat(64)}`)).status, 200);
  const { id, bytes } = randomObject(5);
  assert.equal((await door.send("POST", `/laptop/locks/${id}`, { body: bytes })).status, 200);
  assert.equal((await door.send("DELETE", `/laptop/locks/${id}`)).status, 200);
  assert.equal((await door.send("DELETE", await store(door, "/nas/"))).status, 200, "a hold is for its path");

  await removeHold(core, OPERATOR, { id: hold.id });
  assert.equal((await door.send("DELETE", target)).status, 200);
});

test("a rolling hold lets go what has lain here for long enough", async () => {
  const clock = { nowMs: Date.now(), steadyMs: 0 };
  await using door = await startDoorHub({ clock: () => clock.nowMs, monotonic: () => clock.steadyMs });
  const target = await store(door);
  await addHold(door.hub.core, OPERATOR, { path: "/", term: { kind: "rolling", minAgeMs: 30 * DAY_MS }, reason: "ransom" });
  assert.equal((await door.send("DELETE", target)).reason, "Held for 30 days after arrival: ransom");
  clock.nowMs += 31 * DAY_MS;
  assert.equal((await door.send("DELETE", target)).status, 403, "a clock that jumps ends no hold");
  clock.steadyMs += 31 * DAY_MS;
  assert.equal((await door.send("DELETE", target)).status, 200);
});

test("an append-only login removes while a window is open for it by name, and no longer when it is closed or over", async () => {
  const clock = { nowMs: Date.now(), steadyMs: 0 };
  await using door = await startDoorHub({ role: "backup", clock: () => clock.nowMs, monotonic: () => clock.steadyMs });
  const { core } = door.hub;
  const [first, second, third] = [await store(door), await store(door), await store(door)];
  assert.equal((await door.send("DELETE", first)).reason, "Append-only: this account may add but not remove");
  const owner = { kind: "login", name: "laptop" } as const;
  const window = await openCleanupWindow(core, OPERATOR, { owner, path: "laptop", reason: "yearly" });
  assert.equal(window.closesAtMs - window.opensAtMs, 15 * 60_000);
  assert.equal((await door.send("DELETE", first)).status, 200);
  assert.equal((await door.send("DELETE", await store(door, "/nas/"))).status, 403, "a window is for its path");
  assert.equal(await closeCleanupWindow(core, OPERATOR, { id: window.id }), true);
  assert.equal((await door.send("DELETE", second)).status, 403);

  await openCleanupWindow(core, OPERATOR, { owner, path: "laptop", durationMs: 60_000, reason: "again" });
  assert.equal((await door.send("DELETE", second)).status, 200);
  clock.nowMs += 60_000;
  clock.steadyMs += 60_000;
  assert.equal((await door.send("DELETE", third)).status, 403);
  clock.nowMs -= 30_000;
  assert.equal((await door.send("DELETE", third)).status, 403, "a clock that is set back opens no window again");
  assert.equal((await Array.fromAsync(listCleanupWindows(core, { all: true }))).length, 2);
});

test("where a path is marked, maintain too removes only through a window", async () => {
  await using door = await startDoorHub();
  const { core } = door.hub;
  const target = await store(door);
  assert.deepEqual(await setCleanupOnly(core, OPERATOR, { path: "laptop", cleanupOnly: true }), { path: "/laptop/", markedAt: "/laptop/" });
  const refused = await door.send("DELETE", target);
  assert.deepEqual([refused.status, refused.reason], [403, "Removing here needs an open clean-up window; ask who runs the server"]);
  await openCleanupWindow(core, OPERATOR, { owner: { kind: "account", name: "laptop" }, path: "/", reason: "prune" });
  assert.equal((await door.send("DELETE", target)).status, 200);
  assert.deepEqual(await setCleanupOnly(core, OPERATOR, { path: "laptop", cleanupOnly: false }), { path: "/laptop/", markedAt: undefined });
});

test("holds, windows and marks are for the operator and the role admin there; everyone else is refused", async () => {
  await using door = await startDoorHub();
  const { core } = door.hub;
  await door.addAccount("boss");
  await door.grant("boss", "/laptop/", "admin");
  const by = (name: string) => ({ kind: "account", name, login: name }) as const;
  const hold = { path: "/laptop/", term: { kind: "rolling", minAgeMs: DAY_MS }, reason: "r" } as const;
  const open = { owner: { kind: "login", name: "laptop" }, path: "/laptop/", reason: "r" } as const;
  const { id } = await addHold(core, by("boss"), hold);
  await openCleanupWindow(core, by("boss"), open);
  for (const actor of [by("laptop"), by("nobody"), { kind: "hub" } as const, { kind: "stranger", login: undefined } as const]) {
    await assert.rejects(addHold(core, actor, hold), { code: "forbidden" });
    await assert.rejects(removeHold(core, actor, { id }), { code: "forbidden" });
    await assert.rejects(openCleanupWindow(core, actor, open), { code: "forbidden" });
    await assert.rejects(setCleanupOnly(core, actor, { path: "/laptop/", cleanupOnly: false }), { code: "forbidden" });
  }
  await assert.rejects(addHold(core, by("boss"), { ...hold, path: "/" }), { code: "forbidden" });
  assert.equal((await Array.fromAsync(listHolds(core, { path: "/laptop/x" }))).length, 1);
});

test("what makes no sense as a hold or a window is refused with a sentence", async () => {
  await using door = await startDoorHub();
  const { core } = door.hub;
  const rolling = { kind: "rolling", minAgeMs: DAY_MS } as const;
  const holds = [
    { path: "", term: rolling, reason: "r" },
    { path: "/", term: rolling, reason: " \n" },
    { path: "/", term: rolling, reason: "r".repeat(201) },
    { path: "/", term: { kind: "fixed", untilMs: Date.now() - 1 }, reason: "r" },
    { path: "/", term: { kind: "fixed", untilMs: Number.NaN }, reason: "r" },
    { path: "/", term: { kind: "rolling", minAgeMs: 0 }, reason: "r" },
  ] as const;
  for (const hold of holds) await assert.rejects(addHold(core, OPERATOR, hold), { code: "invalid_input" }, JSON.stringify(hold));
  const owner = { kind: "login", name: "laptop" } as const;
  for (const durationMs of [0, -1, DAY_MS + 1, Number.NaN]) {
    await assert.rejects(openCleanupWindow(core, OPERATOR, { owner, path: "/", durationMs, reason: "r" }), { code: "invalid_input" });
  }
  await assert.rejects(openCleanupWindow(core, OPERATOR, { owner: { kind: "login", name: "nobody" }, path: "/", reason: "r" }), {
    code: "not_found",
  });
  await assert.rejects(closeCleanupWindow(core, OPERATOR, { id: 1 }), { code: "not_found" });
});
