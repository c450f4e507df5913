import assert from "node:assert/strict";
import { test } from "node:test";
import { ROLE_NAMES } from "#model/permissions.ts";
import type { CleanupWindow, Hold, HoldTerm, RemovalSettings } from "#model/removal.ts";
import { OBJECT_TYPES } from "#model/repository.ts";
import { type Moment, mayErase, mayRemove, type RemovableObject, type RemovalActor } from "./may-remove.ts";

const NOW_MS = Date.UTC(2026, 10, 21, 12);
const DAY_MS = 86_400_000;
const NOW: Moment = { earliestMs: NOW_MS, latestMs: NOW_MS };
const NOTHING_SET: RemovalSettings = { holds: [], windows: [], cleanupOnly: false };
const PACK: RemovableObject = { repository: "/laptop/photos/", type: "data", storedAtMs: NOW_MS - 10 * DAY_MS };
const LAPTOP: RemovalActor = { role: "backup", login: "laptop", account: "laptop" };
const KEEPER: RemovalActor = { role: "maintain", login: "keeper", account: "keeper" };

const hold = (term: HoldTerm, path = "/laptop/", reason = "audit"): Hold => ({ id: 1, path, term, reason, createdAtMs: 0 });
const window = (more: Partial<CleanupWindow> = {}): CleanupWindow => ({
  id: 1,
  owner: { kind: "login", name: "laptop" },
  path: "/laptop/",
  reason: "yearly",
  opensAtMs: NOW_MS - 1000,
  closesAtMs: NOW_MS + 1000,
  ...more,
});

function decide({
  object = PACK,
  actor = KEEPER,
  now = NOW,
  ...settings
}: Partial<RemovalSettings> & { object?: RemovableObject; actor?: RemovalActor; now?: Moment }) {
  const decision = mayRemove(object, actor, now, { ...NOTHING_SET, ...settings });
  if (!decision.allowed) assert.match(decision.reason, /^[\x20-\x7e]{1,80}$/);
  return decision.allowed ? "allowed" : `${decision.code}: ${decision.reason}`;
}

test("only maintain and admin remove, and every role removes locks", () => {
  for (const role of [...ROLE_NAMES, undefined]) {
    for (const type of ["config", ...OBJECT_TYPES] as const) {
      const expected = role !== undefined && (type === "locks" || role === "maintain" || role === "admin");
      assert.equal(decide({ object: { ...PACK, type }, actor: { role } }) === "allowed", expected, `${role} ${type}`);
    }
  }
  assert.equal(decide({ actor: LAPTOP }), "append_only: Append-only: this account may add but not remove");
  assert.equal(decide({ actor: { role: "read" } }), "forbidden: This account may only read here");
});

test("a hold refuses everybody, the operator too, and says until when and why; locks it does not touch", () => {
  const holds = [hold({ kind: "fixed", untilMs: NOW_MS + 1 }, "/laptop/", "audit of 2026 \u00e4")];
  for (const actor of [KEEPER, { role: "admin" }] as const) {
    assert.equal(decide({ actor, holds }), "forbidden: Held until 2026-11-21 12:00 UTC: audit of 2026 ?");
  }
  assert.equal(decide({ actor: LAPTOP, holds, windows: [window()] }).startsWith("forbidden: Held"), true);
  assert.equal(decide({ object: { ...PACK, type: "locks" }, holds }), "allowed");
  assert.equal(decide({ object: { ...PACK, storedAtMs: "absent" }, holds }), "allowed");
  assert.equal(decide({ holds: [hold({ kind: "fixed", untilMs: NOW_MS })] }), "allowed");
  assert.equal(decide({ holds: [hold({ kind: "fixed", untilMs: 8e15 }, "/", "x".repeat(500))] }).length, "forbidden: ".length + 80);
});

test("a hold covers its path and what is below, and nothing beside it", () => {
  const term = { kind: "fixed", untilMs: NOW_MS + 1 } as const;
  for (const path of ["/", "/laptop/", "/laptop/photos/"]) assert.notEqual(decide({ holds: [hold(term, path)] }), "allowed", path);
  for (const path of ["/lap/", "/laptop/photos/2026/", "/nas/"]) assert.equal(decide({ holds: [hold(term, path)] }), "allowed", path);
});

test("a rolling hold keeps what is younger, and what nobody knows the age of", () => {
  const holds = [hold({ kind: "rolling", minAgeMs: 10 * DAY_MS })];
  assert.equal(decide({ holds }), "allowed");
  for (const storedAtMs of [NOW_MS - 10 * DAY_MS + 1, NOW_MS + DAY_MS, undefined]) {
    assert.equal(decide({ object: { ...PACK, storedAtMs }, holds }), "forbidden: Held for 10 days after arrival: audit");
  }
});

test("the longest of several holds counts", () => {
  const holds = [
    hold({ kind: "fixed", untilMs: NOW_MS - 1 }),
    hold({ kind: "rolling", minAgeMs: DAY_MS }),
    hold({ kind: "fixed", untilMs: NOW_MS + 1 }),
  ];
  assert.match(decide({ holds }), /Held until/);
});

test("while a window is open for it by name, an append-only login removes; before, after and elsewhere it does not", () => {
  assert.equal(decide({ actor: LAPTOP, windows: [window()] }), "allowed");
  assert.equal(decide({ actor: LAPTOP, windows: [window({ owner: { kind: "login", name: "LAPTOP" } })] }), "allowed");
  assert.equal(decide({ actor: LAPTOP, windows: [window({ path: "/" })] }), "allowed");
  const others: Partial<CleanupWindow>[] = [
    { opensAtMs: NOW_MS + 1 },
    { closesAtMs: NOW_MS },
    { owner: { kind: "login", name: "laptop.nas2" } },
    { path: "/laptop/photos/2026/" },
    { path: "/nas/" },
  ];
  for (const more of others) assert.match(decide({ actor: LAPTOP, windows: [window(more)] }), /^append_only/, JSON.stringify(more));
});

test("a window for an account counts for each of its logins, and makes no reader a remover", () => {
  const windows = [window({ owner: { kind: "account", name: "laptop" } })];
  assert.equal(decide({ actor: { ...LAPTOP, login: "laptop.nas2" }, windows }), "allowed");
  assert.match(decide({ actor: { ...LAPTOP, role: "read" }, windows }), /^forbidden/);
  assert.match(decide({ actor: { ...LAPTOP, role: undefined }, windows }), /^forbidden/);
});

test("where it is marked, maintain and admin too need a window of their own", () => {
  for (const actor of [KEEPER, { ...KEEPER, role: "admin" }] as const) {
    assert.match(decide({ actor, cleanupOnly: true }), /^forbidden: Removing here needs an open clean-up window/);
    assert.match(decide({ actor, cleanupOnly: true, windows: [window()] }), /^forbidden/);
    assert.equal(decide({ actor, cleanupOnly: true, windows: [window({ owner: { kind: "login", name: "keeper" } })] }), "allowed");
  }
  assert.equal(decide({ object: { ...PACK, type: "locks" }, cleanupOnly: true }), "allowed");
});

test("a clock that jumps ends no hold and opens no window again", () => {
  const ahead: Moment = { earliestMs: NOW_MS, latestMs: NOW_MS + 1000 * DAY_MS };
  const behind: Moment = { earliestMs: NOW_MS - 1000 * DAY_MS, latestMs: NOW_MS };
  const closed = window({ opensAtMs: NOW_MS - 1000 * DAY_MS, closesAtMs: NOW_MS - 1000 * DAY_MS + 1 });
  for (const now of [ahead, behind]) {
    assert.match(decide({ now, holds: [hold({ kind: "fixed", untilMs: NOW_MS + 1 })] }), /Held/);
    assert.match(decide({ now, holds: [hold({ kind: "rolling", minAgeMs: 11 * DAY_MS })] }), /Held/);
    assert.match(decide({ now, actor: LAPTOP, windows: [closed] }), /^append_only/);
  }
});

test("the trash gives nothing up before its time, nor under a hold, whoever asks", () => {
  const holds = [hold({ kind: "fixed", untilMs: NOW_MS + 1 })];
  const item = { repository: "/laptop/photos/", storedAtMs: NOW_MS };
  const erase = (trashHold: "running" | "past" | "waived", settings: { holds: readonly Hold[] }) =>
    mayErase({ ...item, trashHold }, NOW, settings).allowed;
  assert.deepEqual([erase("running", { holds: [] }), erase("past", { holds: [] }), erase("waived", { holds: [] })], [false, true, true]);
  assert.deepEqual([erase("past", { holds }), erase("waived", { holds })], [false, false]);
  assert.equal(mayErase({ ...item, repository: undefined, trashHold: "past" }, NOW, { holds }).allowed, true);
  assert.equal(mayErase({ ...item, trashHold: "past" }, NOW, { holds: [hold({ kind: "rolling", minAgeMs: 1 })] }).allowed, false);
});
