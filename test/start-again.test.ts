import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { sha256Of } from "./crash/raw-client.ts";
import { startHub } from "./support/start-hub.ts";

test("a hub that logs warnings alone says that it is ready, counts its trash soon after a kill, and warns of a new database beside backups", async () => {
  await using hub = await startHub({ args: ["--log-level", "warn"] });
  const { password } = await hub.addAccount("laptop");
  const headers = { authorization: `Basic ${Buffer.from(`laptop:${password}`).toString("base64")}` };
  const send = async (method: string, path: string, body?: Uint8Array<ArrayBuffer>) => {
    const reply = await fetch(`${hub.url.restic}${path}`, { method, headers, ...(body !== undefined && { body }) });
    await reply.arrayBuffer();
    assert.equal(reply.status, 200, `${method} ${path}`);
  };
  await send("POST", "/laptop/?create=true");
  await send("POST", "/laptop/config", randomBytes(10));
  const bytes = randomBytes(12_345);
  const path = `/laptop/data/${sha256Of(bytes)}`;
  await send("POST", path, bytes);
  await send("DELETE", path);
  await hub.kill(); // nothing of this is written down yet
  await hub.restart();

  const used = async () => {
    const reply = await fetch(`${hub.url.main}/api/v1/quotas/hub`);
    return ((await reply.json()) as { usedBytes: number }).usedBytes;
  };
  for (const endMs = performance.now() + 30_000; (await used()) !== 12_355; await sleep(100)) {
    assert.ok(performance.now() < endMs, `the hub's figure stays ${await used()}`);
  }
  assert.ok(!hub.logLines().some((line) => line.includes("the database is new")));

  await hub.stop();
  for (const name of ["", "-wal", "-shm"]) await rm(join(hub.data, `holdfast.sqlite${name}`), { force: true });
  await hub.restart();
  assert.ok(hub.logLines().some((line) => line.includes("the database is new")));
});
