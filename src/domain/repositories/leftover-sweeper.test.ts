import assert from "node:assert/strict";
import { copyFile, mkdir, readdir, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { DEFAULT_LIMITS } from "#limits.ts";
import { type FilePath, filePath } from "#storage/file-path.ts";
import { LocalStorage } from "#storage/local-storage/local-storage.ts";
import { startDoorHub } from "../../../test/support/door-hub.ts";

const SIGNAL = new AbortController().signal;
const DAY_MS = 86_400_000;
const PATH = filePath("restic", "laptop", "data", "ab", "object");
const OPTIONS = { temps: filePath("restic", "laptop", ".hub-tmp"), publish: "absent", sizeBytes: undefined, sha256: undefined } as const;

for (const [what, jumpMs] of [["ahead", 2 * DAY_MS] as const, ["back, and right again", -2 * DAY_MS] as const]) {
  test(`a clock that is set ${what} takes no upload of another process`, async () => {
    const time = { aheadMs: 0 };
    const flags = { "limits.sweepEveryMs": "10" };
    await using door = await startDoorHub({ clock: () => Date.now() + time.aheadMs, flags });
    await using worker = await openAnother(door.data);
    let sweeps = 0;
    const { storage } = door.hub.core;
    const sweep = storage.sweep.bind(storage);
    storage.sweep = async (...args) => {
      const removed = await sweep(...args);
      sweeps += 1;
      return removed;
    };
    await using upload = await worker.begin(PATH, OPTIONS, SIGNAL);
    await upload.write(Buffer.from("bytes"));
    await setTimes(door.data, jumpMs);
    if (jumpMs > 0) time.aheadMs = jumpMs;
    for (const enough = sweeps + 5; sweeps < enough; ) await sleep(5);
    await upload.commit();
    assert.equal((await worker.stat(PATH, SIGNAL)).kind, "file");
  });
}

test("what a process that has ended left is swept when it has lain unchanged for its time, and what is written to is not", async () => {
  await using door = await startDoorHub();
  await using other = await openAnother(door.data);
  await using upload = await other.begin(PATH, OPTIONS, SIGNAL);
  await upload.write(Buffer.from("bytes"));
  const cutoffs = { oursBeforeMs: Number.MAX_SAFE_INTEGER, foreignBeforeMs: 0, unchangedForMs: 50 };
  const sweep = async () => await door.hub.core.storage.sweep(filePath(), cutoffs, SIGNAL);
  assert.equal(await sweep(), 0);
  await sleep(60);
  await upload.write(Buffer.alloc(4 * 1024 * 1024)); // more than is gathered in memory
  assert.equal(await sweep(), 0);
  await sleep(60);
  assert.equal(await sweep(), 1);
});

test("what was left before the clock was set back goes by running time, not years later, and no upload that goes on meanwhile", async () => {
  const flags = { "limits.sweepEveryMs": "50", "limits.tempAgeMs": "3000" };
  await using door = await startDoorHub({ clock: () => Date.now() - 900 * DAY_MS, flags });
  const temps = join(door.data, "files", OPTIONS.temps);
  {
    await using dead = await openAnother(door.data);
    await using left = await dead.begin(PATH, OPTIONS, SIGNAL);
    await left.write(Buffer.from("bytes"));
    for (const name of await readdir(temps)) await copyFile(join(temps, name), join(temps, `${name}0`)); // its process ends without a word
  }
  const foreign = join(temps, "..", "data", "ab", `${"a".repeat(64)}-tmp-123`);
  await mkdir(dirname(foreign), { recursive: true });
  await writeFile(foreign, "rest-server may be at work on it");
  assert.equal((await readdir(temps)).length, 1);
  await using worker = await openAnother(door.data);
  await using upload = await worker.begin(PATH, OPTIONS, SIGNAL);
  const deadlineMs = performance.now() + 20_000;
  for (let count = 2; count === 2; count = (await readdir(temps)).length) {
    assert.ok(performance.now() < deadlineMs, "it is still there");
    await upload.write(Buffer.alloc(1024 * 1024)); // more than is gathered in memory
    await sleep(200);
  }
  await upload.commit();
  assert.equal((await worker.stat(PATH, SIGNAL)).kind, "file");
  assert.ok(await stat(foreign));
});

/** Another process's storage over the same files. */
async function openAnother(data: string): Promise<LocalStorage> {
  return await LocalStorage.open({ root: join(data, "files"), limits: DEFAULT_LIMITS, paths: [], warn: () => undefined });
}

/** As if the upload had been written to before the clock was set right. */
async function setTimes(data: string, jumpMs: number): Promise<void> {
  if (jumpMs > 0) return;
  const folder = join(data, "files", OPTIONS.temps as FilePath);
  for (const name of await readdir(folder)) {
    const at = new Date(Date.now() + jumpMs);
    await utimes(join(folder, name), at, at);
  }
}
