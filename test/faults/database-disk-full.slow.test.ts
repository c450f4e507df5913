import assert from "node:assert/strict";
import { mkdirSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { httpRequest, type Reply, randomObject } from "../support/http-request.ts";
import { noSmallDisk, smallDisk } from "../support/small-disk.ts";
import { startHub } from "../support/start-hub.ts";
import { tempFolder } from "../support/temp-folder.ts";

const MiB = 2 ** 20;
const FULL = "The disk of the database is full";

/** Waits for what comes by itself within some seconds. */
async function until(claim: () => Promise<boolean>, what: string): Promise<void> {
  const deadlineMs = performance.now() + 60_000;
  while (!(await claim())) {
    assert.ok(performance.now() < deadlineMs, what);
    await sleep(200);
  }
}

test("a disk on which SQLite's log grows until it is full refuses what must be written down, says why, serves the rest, and is over with room again", {
  skip: noSmallDisk(),
}, async () => {
  await using disk = await smallDisk(16 * MiB);
  await using elsewhere = await tempFolder();
  mkdirSync(join(elsewhere.path, "files"));
  symlinkSync(join(elsewhere.path, "files"), join(disk.path, "files")); // the disk of the files has room all the time
  await using hub = await startHub({ data: disk.path });
  const { password } = await hub.addAccount("laptop");
  const credentials = { login: "laptop", secret: password };
  const send = (method: string, target: string, body?: Uint8Array): Promise<Reply> =>
    httpRequest(hub.url.restic, method, target, { credentials, ...(body !== undefined && { body }) });
  const readiness = async () => {
    const { status, body } = await httpRequest(hub.url.main, "GET", "/readyz");
    return `${status} ${body}`.trim();
  };
  const logBytes = () => statSync(join(disk.path, "holdfast.sqlite-wal")).size;
  const kept = randomObject(100_000);
  assert.equal((await send("POST", "/laptop/config", Buffer.from("config"))).status, 200);
  assert.equal((await send("POST", `/laptop/data/${kept.id}`, kept.bytes)).status, 200);

  // Room for some more pages of the log, so that it is full in the midst of a change. Who reads meanwhile keeps it from being used anew.
  const before = logBytes();
  const reader = new DatabaseSync(join(disk.path, "holdfast.sqlite"), { readOnly: true });
  reader.exec("BEGIN");
  reader.prepare("select count(*) from account").get();
  disk.fillBut(100 * 1024);
  const refusals: Reply[] = [];
  for (let number = 0; refusals.length < 3; number += 1) {
    assert.ok(number < 500, "it is never full");
    const reply = await send("POST", `/laptop/sub${number}/config`, Buffer.from("config")); // each a repository to be remembered
    if (reply.status !== 200) refusals.push(reply);
  }
  assert.ok(logBytes() > before, "its log has not grown");
  disk.fillBut(0);
  await until(async () => (await readiness()) === "503 The database takes no changes", "it says that it is ready");
  assert.deepEqual(new Set(refusals.map(({ status, reason }) => `${status} ${reason}`)), new Set([`507 ${FULL}`]));
  // What is known needs nothing to be written down first.
  const { id, bytes } = randomObject(50_000);
  assert.equal((await send("POST", `/laptop/data/${id}`, bytes)).status, 200);
  for (const [name, expected] of [
    [kept.id, kept.bytes],
    [id, bytes],
  ] as const)
    assert.deepEqual((await send("GET", `/laptop/data/${name}`)).body, expected);
  assert.match((await send("GET", "/laptop/data/")).body.toString(), new RegExp(id));
  const wrong = { login: "laptop", secret: "wrong" };
  assert.equal((await httpRequest(hub.url.restic, "GET", "/laptop/config", { credentials: wrong })).status, 401);
  const removal = await send("DELETE", `/laptop/data/${kept.id}`); // the hour of the trash is noted first
  assert.deepEqual([removal.status, removal.reason], [507, FULL]);
  assert.deepEqual((await send("GET", `/laptop/data/${kept.id}`)).body, kept.bytes, "what could not be removed is there");
  assert.equal((await hub.cli(["account", "add", "desktop"], { expectFailure: true })).code, 1);

  reader.close();
  disk.empty();
  assert.equal((await send("POST", "/laptop/later/config", Buffer.from("config"))).status, 200);
  assert.equal((await send("DELETE", `/laptop/data/${kept.id}`)).status, 200);
  await until(async () => (await readiness()) === "204", "it is still not ready");
  await hub.addAccount("desktop");
  assert.equal(await hub.stop(), 0);
  await hub.restart();
  assert.deepEqual((await send("GET", `/laptop/data/${id}`)).body, bytes);
});
