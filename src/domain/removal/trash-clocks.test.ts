import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { findHubClock } from "#db/trash-time.ts";
import { OPERATOR } from "#model/actor.ts";
import { MemoryStorage } from "#storage/memory/memory-storage.ts";
import { startDoorHub } from "../../../test/support/door-hub.ts";
import { randomObject } from "../../../test/support/http-request.ts";
import { clearMode, setMode } from "../modes/set-mode.ts";
import { showQuota } from "../quotas/show-quota.ts";
import { emptyTrash } from "./empty-trash.ts";
import { HubTime } from "./hub-time.ts";
import { measureTrash } from "./list-trash.ts";
import { sweepTrash } from "./sweep-trash.ts";

const SIGNAL = new AbortController().signal;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A hub whose clocks stand still until the test moves them. */
async function openHub({ flags = {}, capacityBytes }: { readonly flags?: Record<string, string>; readonly capacityBytes?: number } = {}) {
  const time = { wallMs: Date.UTC(2026, 10, 21, 17, 30), monotonicMs: 5000 };
  const clock = () => time.wallMs;
  const monotonic = () => time.monotonicMs;
  const storage = new MemoryStorage({ clock, ...(capacityBytes === undefined ? {} : { capacityBytes }) });
  const door = await startDoorHub({ storage, clock, monotonic, flags });
  const { core } = door.hub;
  return {
    door,
    core,
    time,
    /** Both clocks go on for so long. */
    pass(ms: number): void {
      time.wallMs += ms;
      time.monotonicMs += ms;
    },
    /** Both clocks go on for so long, and the hub counts it as it does. */
    async run(ms: number): Promise<void> {
      for (let left = ms; left > 0; left -= HOUR_MS / 2) {
        time.wallMs += Math.min(left, HOUR_MS / 2);
        time.monotonicMs += Math.min(left, HOUR_MS / 2);
        await core.time.count();
      }
    },
    /** As after a restart: what the process has seen of its clocks is gone. */
    restartTime: () => Object.defineProperty(core, "time", { value: new HubTime({ database: core.database, clock, monotonic }) }),
    sweep: () => sweepTrash(core, SIGNAL),
    held: async () => (await measureTrash(core, SIGNAL)).objects,
    async upload(sizeBytes: number): Promise<number> {
      const { id, bytes } = randomObject(sizeBytes);
      return (await door.send("POST", `/laptop/data/${id}`, { body: bytes })).status;
    },
    async storeAndRemove(sizeBytes = 100): Promise<void> {
      const { id, bytes } = randomObject(sizeBytes);
      assert.equal((await door.send("POST", `/laptop/data/${id}`, { body: bytes })).status, 200);
      assert.equal((await door.send("DELETE", `/laptop/data/${id}`)).status, 200);
    },
    [Symbol.asyncDispose]: () => door[Symbol.asyncDispose](),
  };
}

async function until(claim: string, condition: () => Promise<boolean>): Promise<void> {
  for (const endMs = performance.now() + 10_000; performance.now() < endMs; ) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail(claim);
}

test("a time to keep the trash that is shorter than the one in which nobody may erase does not shorten that", async () => {
  await using hub = await openHub({ flags: { "limits.trashKeepAgeMs": `${HOUR_MS}`, "limits.trashHoldAgeMs": `${72 * HOUR_MS}` } });
  await hub.storeAndRemove();
  await hub.run(3 * HOUR_MS);
  await hub.sweep();
  assert.equal(await hub.held(), 1);
  await hub.run(72 * HOUR_MS);
  await hub.sweep();
  assert.equal(await hub.held(), 0);
});

test("a hub by itself empties the trash of what is old, and counts the trash again", async () => {
  const often = { "limits.runningCountMs": "20", "limits.sweepEveryMs": "20", "limits.recountEveryMs": "20" };
  await using hub = await openHub({ flags: often });
  await hub.storeAndRemove();
  hub.pass(9 * DAY_MS);
  await until("the trash was not emptied", async () => (await hub.held()) === 0);
  hub.core.quotas.trashGrew(7777);
  await until("the trash was not counted again", async () => {
    await hub.core.quotas.flush();
    return (await showQuota(hub.core, { scope: { kind: "hub" } })).usedBytes === 0;
  });
});

test("a hub by itself counts for how long it has run, between two sweeps too", async () => {
  await using hub = await openHub({ flags: { "limits.runningCountMs": "20" } });
  for (let count = 0; count < 2; count += 1) {
    const before = (await findHubClock(hub.core.database.read)).runningMs;
    hub.pass(HOUR_MS);
    await until("it was not counted", async () => (await findHubClock(hub.core.database.read)).runningMs >= before + HOUR_MS);
  }
});

test("a removal that could not be noted is refused, and the next one is noted anew", async () => {
  await using hub = await openHub();
  const { id, bytes } = randomObject(100);
  const target = `/laptop/data/${id}`;
  assert.equal((await hub.door.send("POST", target, { body: bytes })).status, 200);
  using database = new DatabaseSync(join(hub.door.data, "holdfast.sqlite"), { timeout: 10_000 });
  database.exec("create trigger broken before update on hub_clock begin select raise(abort, 'broken'); end");
  assert.equal((await hub.door.send("DELETE", target)).status, 500);
  assert.equal((await hub.door.send("GET", target)).status, 200);
  database.exec("drop trigger broken");
  assert.equal((await hub.door.send("DELETE", target)).status, 200);
  assert.equal(await hub.held(), 1);
});

test("after a start with a clock that is years ahead nothing is erased that the hub has not kept for its time", async () => {
  await using hub = await openHub();
  await hub.storeAndRemove();
  hub.time.wallMs += 1000 * DAY_MS;
  hub.restartTime();
  await hub.sweep();
  await hub.sweep();
  assert.equal(await hub.held(), 1);
});

test("no room is made in the trash while the clock has jumped and nobody has looked at it since", async () => {
  const flags = { "limits.reserveBytes": "1000", "limits.reserveShare": "0.000001" };
  await using hub = await openHub({ capacityBytes: 10_000, flags });
  await hub.storeAndRemove(7000);
  await hub.run(80 * HOUR_MS);
  hub.time.wallMs += DAY_MS;
  assert.equal(await hub.upload(4000), 507);
  assert.equal(await hub.held(), 1);
  await hub.sweep(); // which only notes the jump
  await hub.run(HOUR_MS);
  assert.equal(await hub.upload(4000), 200);
  assert.equal(await hub.held(), 0);
});

test("the trash of a repository that is in a mode is left as it is, until its operator empties it or the mode is over", async () => {
  await using hub = await openHub();
  await hub.storeAndRemove();
  await hub.run(8 * DAY_MS);
  for (const mode of ["read_only", "maintenance"] as const) {
    await setMode(hub.core, OPERATOR, { path: "laptop", mode, reason: "evidence" });
    await hub.sweep();
    assert.equal(await hub.held(), 1, mode);
  }
  await clearMode(hub.core, OPERATOR, { path: "laptop" });
  await hub.sweep();
  assert.equal(await hub.held(), 0);

  await hub.storeAndRemove();
  await hub.run(8 * DAY_MS);
  await setMode(hub.core, OPERATOR, { path: "laptop", mode: "read_only", reason: "evidence" });
  assert.equal((await emptyTrash(hub.core, OPERATOR, {}, SIGNAL)).files, 1);
});
