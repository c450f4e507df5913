import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { findKnownUse } from "#db/repository-use.ts";
import { HubError } from "#model/hub-error.ts";
import { MemoryStorage } from "#storage/memory/memory-storage.ts";
import { startDoorHub } from "../../../test/support/door-hub.ts";
import { askRecount } from "./ask-recount.ts";

const SIGNAL = AbortSignal.timeout(30_000);

test("a count that somebody asks for is tried at once, however recently one has failed; nobody asking, it is left in peace", async () => {
  await using storage = new MemoryStorage();
  const time = { ms: 0 };
  await using door = await startDoorHub({ storage, clock: () => Date.now() + time.ms });
  const { core } = door.hub;
  assert.equal((await door.send("POST", "/laptop/?create=true")).status, 200);
  const look = storage.list.bind(storage);
  const lookAtFolder = storage.lookAtFolder.bind(storage);
  const listFolder = storage.listFolder.bind(storage);
  const away = () => {
    throw new HubError("unavailable", "The disk is away; mount it and try again");
  };
  Object.assign(storage, { list: away, lookAtFolder: away, listFolder: away });
  const asked = async () => (await findKnownUse(core.database.read, "/laptop/"))?.recountAskedAtMs;
  await core.quotas.askRecount("/laptop/");
  while (core.quotas.uncountable.paths.length === 0) await sleep(10);
  Object.assign(storage, { list: look, lookAtFolder, listFolder });
  core.quotas.wakeRecounts();
  await sleep(300);
  assert.notEqual(await asked(), undefined, "it was tried again by itself at once");

  time.ms += 1;
  await askRecount(core, { path: "/laptop/" }, SIGNAL);
  // The row tells of it a moment before the process that has counted knows.
  const isCounted = async () => (await asked()) === undefined && core.quotas.uncountable.paths.length === 0;
  for (const endMs = performance.now() + 10_000; !(await isCounted()); await sleep(10)) {
    assert.ok(performance.now() < endMs, "it was not tried again");
  }
});
