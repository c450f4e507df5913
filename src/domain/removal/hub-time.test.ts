import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { loadConfig } from "#config.ts";
import { openCore } from "#hub.ts";
import { openLog } from "#lib/log.ts";
import { OPERATOR } from "#model/actor.ts";
import { addAccount } from "../access/add-account.ts";
import { addToken } from "../access/add-token.ts";
import { rotateCredential } from "../access/rotate-credential.ts";
import { setCredential } from "../access/set-credential.ts";
import { listCleanupWindows } from "./list-cleanup-windows.ts";
import { mayRemove } from "./may-remove.ts";
import { openCleanupWindow } from "./open-cleanup-window.ts";
import { resetClock } from "./reset-clock.ts";

const START_MS = Date.UTC(2026, 10, 21, 17, 30);
const HOUR_MS = 3_600_000;

/** Cores over one data folder, one after the other or together, each with a wall clock that begins where the test says. */
function openPlace() {
  const data = mkdtempSync(join(tmpdir(), "time-"));
  const config = loadConfig({ flags: { data }, environment: {}, workingDirectory: data });
  return {
    async open(wallMs: number) {
      const clocks = { wallMs, monotonicMs: 7000 };
      const log = openLog({ level: "error", format: "json" }, () => {});
      const core = await openCore(config, log, { clock: () => clocks.wallMs, monotonic: () => clocks.monotonicMs });
      const run = async (ms: number) => {
        clocks.wallMs += ms;
        clocks.monotonicMs += ms;
        return await core.time.count();
      };
      return { core, clocks, run, [Symbol.asyncDispose]: () => core[Symbol.asyncDispose]() };
    },
    [Symbol.dispose]: () => rmSync(data, { recursive: true }),
  };
}

test("after a start with an old clock what has ended stays ended: a window, a login, a token, the overlap of a rotation", async () => {
  using place = openPlace();
  const secrets = { old: "", brief: "", token: "" };
  {
    await using first = await place.open(START_MS);
    const { core } = first;
    secrets.old = (await addAccount(core, OPERATOR, { name: "laptop", appendOnly: true })).secret;
    const brief = await addAccount(core, OPERATOR, { name: "brief", appendOnly: true });
    await setCredential(core, OPERATOR, { login: brief.login, expiresAtMs: START_MS + HOUR_MS });
    secrets.brief = brief.secret;
    secrets.token = (await addToken(core, OPERATOR, { name: "ci", scopes: ["read"], expiresAtMs: START_MS + HOUR_MS })).secret;
    await openCleanupWindow(core, OPERATOR, { owner: { kind: "login", name: "laptop" }, path: "laptop", reason: "r", durationMs: HOUR_MS });
    await rotateCredential(core, OPERATOR, { login: "laptop", overlapMs: HOUR_MS });
    await core.signIn.withSecret({ login: "laptop", secret: secrets.old, address: "unix" });
    await first.run(2 * HOUR_MS);
  }
  await using again = await place.open(START_MS - 1000 * HOUR_MS);
  const { core } = again;
  await assert.rejects(core.signIn.withSecret({ login: "brief", secret: secrets.brief, address: "unix" }), { code: "forbidden" });
  await assert.rejects(core.signIn.withSecret({ login: "laptop", secret: secrets.old, address: "unix" }), { code: "unauthenticated" });
  await assert.rejects(core.signIn.withToken({ secret: secrets.token, address: "unix" }), { code: "unauthenticated" });
  const [window] = await Array.fromAsync(listCleanupWindows(core, { all: true }));
  assert.ok(window !== undefined);
  const asked = [
    { repository: "/laptop/", type: "data", storedAtMs: 0 },
    { role: "backup", login: "laptop" },
  ] as const;
  const settings = { windows: [window], holds: [], cleanupOnly: false };
  assert.equal(mayRemove(...asked, core.time.moment(), settings).allowed, false);
  // Time goes on from there, so that a window can be opened and ends.
  const opened = await openCleanupWindow(core, OPERATOR, { owner: window.owner, path: "laptop", reason: "r", durationMs: HOUR_MS });
  assert.equal(mayRemove(...asked, core.time.moment(), { ...settings, windows: [opened] }).allowed, true);
  await again.run(2 * HOUR_MS);
  assert.equal(mayRemove(...asked, core.time.moment(), { ...settings, windows: [opened] }).allowed, false);
  assert.ok(again.core.time.behindMs > 1000 * HOUR_MS);
});

test("a clock that was far ahead counts until the operator resets it, in a hub that is running too", async () => {
  using place = openPlace();
  {
    await using ahead = await place.open(START_MS + 100_000 * HOUR_MS);
    await ahead.run(HOUR_MS);
  }
  await using right = await place.open(START_MS);
  assert.ok(right.core.time.latestMs() > START_MS + 100_000 * HOUR_MS);
  await right.run(HOUR_MS);
  assert.ok(right.core.time.latestMs() > START_MS + 100_000 * HOUR_MS);
  {
    await using beside = await place.open(right.clocks.wallMs);
    await resetClock(beside.core, OPERATOR);
  }
  await right.run(HOUR_MS);
  assert.deepEqual([right.core.time.latestMs(), right.core.time.behindMs], [START_MS + 2 * HOUR_MS, 0]);
});

test("hubs on one database, one of whose clocks is behind, count the time that they run once", async () => {
  using place = openPlace();
  await using ahead = await place.open(START_MS);
  await using behind = await place.open(START_MS - 10 * 60_000);
  await using third = await place.open(START_MS);
  let running = 0;
  for (let minutes = 0; minutes < 60; minutes += 5) {
    await ahead.run(5 * 60_000);
    await behind.run(5 * 60_000);
    running = await third.run(5 * 60_000);
  }
  assert.ok(running <= HOUR_MS && running > HOUR_MS - 6 * 60_000, `${running}`);
});
