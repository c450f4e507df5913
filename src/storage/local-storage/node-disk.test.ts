import assert from "node:assert/strict";
import fs, { mkdirSync, statfsSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { filePath } from "../file-path.ts";
import { NodeDisk } from "./node-disk.ts";

const KiB = 1024;
const FILE = filePath("file");
// `f_type` of /proc: local, quick, and nothing that is known to keep the times of its folders.
const PROC_TYPE = 0x9fa0;
const withoutProc = (process.platform !== "linux" || statfsSync("/proc").type !== PROC_TYPE) && "there is no /proc here";

/** The mark of a folder; each look after the first goes by what is known of the root. */
async function marksOf(disk: NodeDisk, ...names: string[]): Promise<readonly boolean[]> {
  const marks: boolean[] = [];
  for (let round = 0; round < 2; round += 1) {
    const look = await disk.lookAtFolder(filePath(...names));
    marks.push(look.kind === "folder" ? look.mark !== undefined : assert.fail(look.kind));
  }
  return marks;
}

test("HB-4: a folder counts by its times only on a file system that is known to keep them, at the root and below it", {
  skip: withoutProc,
}, async () => {
  await using folder = await tempFolder();
  mkdirSync(join(folder.path, "ab"));
  for (const quick of [true, false]) {
    assert.deepEqual(await marksOf(new NodeDisk(folder.path, { quick }), "ab"), [true, true]);
    assert.deepEqual(await marksOf(new NodeDisk("/proc", { quick }), "self"), [false, false]);
    const all = new NodeDisk("/", { quick });
    const path = folder.path.split("/").filter((name) => name !== "");
    for (let round = 0; round < 2; round += 1) {
      assert.deepEqual(await marksOf(all, "proc", "self"), [false, false]); // mounted in a root that keeps them
      assert.deepEqual(await marksOf(all, ...path, "ab"), [true, true]);
    }
  }
});

/** A disk with a file of 1 MiB of which each direct read takes as long as `slow.ms` says, by a clock that stands still otherwise. */
async function openTimed(t: TestContext) {
  const folder = await tempFolder();
  t.after(() => folder[Symbol.asyncDispose]());
  writeFileSync(join(folder.path, FILE), Buffer.alloc(1024 * KiB, 1));
  const slow = { ms: 0, nowMs: 1000 };
  const { readSync } = fs;
  t.mock.method(performance, "now", () => slow.nowMs);
  t.mock.method(fs, "readSync", (...args: Parameters<typeof readSync>) => {
    slow.nowMs += slow.ms;
    return readSync(...args);
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  const disk = new NodeDisk(folder.path, { quick: true });
  const file = await disk.openToRead(FILE);
  t.after(() => disk.close(file));
  /** Whether a read of so many bytes was made directly. */
  const reads = async (sizeBytes: number): Promise<boolean> => {
    const read = disk.read(file, new Uint8Array(sizeBytes), 0);
    assert.equal(await read, sizeBytes);
    return !(read instanceof Promise);
  };
  return { disk, file, slow, reads };
}

test("large reads that come off the disk send the next of their kind to the thread pool after a millisecond, and no small look", async (t) => {
  const { disk, file, slow, reads } = await openTimed(t);
  slow.ms = 0.3;
  for (let count = 0; count < 4; count += 1) assert.equal(await reads(256 * KiB), true, `read ${count}`);
  for (const sizeBytes of [64 * KiB + 1, 256 * KiB]) assert.equal(await reads(sizeBytes), false, `${sizeBytes}`);
  for (const sizeBytes of [1, 4 * KiB, 64 * KiB]) assert.equal(await reads(sizeBytes), true, `${sizeBytes}`);
  assert.equal(disk.statOpen(file) instanceof Promise, false);
  assert.equal(disk.writesAtOnce(), true);
  slow.nowMs += 1000; // a fiftieth of which is more than they took
  assert.equal(await reads(256 * KiB), true);
});

test("large reads that the page cache answers are made directly, however many, and small ones may take longer", async (t) => {
  const { slow, reads } = await openTimed(t);
  slow.ms = 0.2;
  for (let count = 0; count < 50; count += 1) assert.equal(await reads(256 * KiB), true, `read ${count}`);
  slow.ms = 4;
  for (let count = 0; count < 50; count += 1) assert.equal(await reads(64 * KiB), true, `read ${count}`);
});

test("small looks that wait for the disk send no large read to the thread pool", async (t) => {
  const { disk, file, slow, reads } = await openTimed(t);
  slow.ms = 30;
  assert.equal(await reads(4 * KiB), true);
  slow.ms = 0;
  assert.equal(await reads(4 * KiB), false);
  assert.equal(disk.statOpen(file) instanceof Promise, true);
  assert.equal(await reads(256 * KiB), true);
});

test("what is larger than the largest direct read always goes to the thread pool, and is not read in the same turn", async (t) => {
  const { disk, reads } = await openTimed(t);
  assert.equal(await reads(256 * KiB + 1), false);
  assert.equal(await reads(512 * KiB), false);
  assert.equal(disk.readNow(FILE, { first: 0, last: 64 * KiB }), undefined);
  const small = disk.readNow(FILE, { first: 0, last: 64 * KiB - 1 });
  assert.equal(typeof small === "object" && small.bytes.length, 64 * KiB);
});
