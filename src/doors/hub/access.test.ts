import assert from "node:assert/strict";
import { test } from "node:test";
import { setMode } from "#domain/modes/set-mode.ts";
import { addHold } from "#domain/removal/add-hold.ts";
import { openCleanupWindow } from "#domain/removal/open-cleanup-window.ts";
import { setCleanupOnly } from "#domain/removal/set-cleanup-only.ts";
import { OPERATOR } from "#model/actor.ts";
import { apiClient } from "../../../test/support/api-client.ts";
import { startDoorHub } from "../../../test/support/door-hub.ts";

const DAY_MS = 24 * 3_600_000;

test("an account is told what it may do where, and what holds, marks, windows and modes make of it; of others nothing", async () => {
  await using hub = await startDoorHub();
  const { core } = hub.hub;
  const api = await apiClient(hub.hub.addresses["main"] ?? "");
  const credentials = await hub.addAccount("nas", { appendOnly: true });
  const sentences = async (path: string) =>
    ((await api.send("GET", path, { credentials })).json["statements"] as { sentence: string }[]).map(({ sentence }) => sentence);
  const may = "nas may read and add backups to /nas/ and below, and remove nothing but locks (role backup by the grant on /nas/)";
  assert.deepEqual(await sentences("/access/nas"), [may, "nas signs in with a password"]);

  const untilMs = Date.UTC(2999, 0, 1);
  await addHold(core, OPERATOR, { path: "/", term: { kind: "fixed", untilMs }, reason: "audit" });
  await addHold(core, OPERATOR, { path: "/nas/photos", term: { kind: "rolling", minAgeMs: 30 * DAY_MS }, reason: "a month" });
  await addHold(core, OPERATOR, { path: "/laptop", term: { kind: "fixed", untilMs }, reason: "of somebody else" });
  await setCleanupOnly(core, OPERATOR, { path: "/nas/photos", cleanupOnly: true });
  const window = await openCleanupWindow(core, OPERATOR, { owner: { kind: "login", name: "nas" }, path: "/nas", reason: "monthly prune" });
  await openCleanupWindow(core, OPERATOR, { owner: { kind: "login", name: "laptop" }, path: "/", reason: "not for nas" });
  await setMode(core, OPERATOR, { mode: "read_only", reason: "disk swap" });
  const until = new Date(window.closesAtMs).toISOString().replace(/\.\d+Z/, "Z");
  assert.deepEqual((await sentences("/access/nas")).slice(2), [
    "everything is read-only: disk swap",
    "nothing in /nas/ may be removed before 2999-01-01T00:00:00Z: audit",
    "nothing in /nas/photos/ may be removed for 30 days after its arrival: a month",
    "in /nas/photos/ nobody removes anything but locks without an open clean-up window",
    `until ${until} nas may remove in /nas/: monthly prune`,
  ]);
  assert.deepEqual((await sentences("/access/nas?path=/nas/music")).slice(2), [
    "everything is read-only: disk swap",
    "nothing in /nas/music/ may be removed before 2999-01-01T00:00:00Z: audit",
    `until ${until} nas may remove in /nas/music/: monthly prune`,
  ]);
  assert.equal((await api.send("GET", "/access/laptop", { credentials })).status, 404);
  assert.equal((await api.send("GET", "/access/nas?login=laptop", { credentials })).status, 404);
});
