import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs, { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { DEFAULT_LIMITS } from "#limits.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { filePath } from "../file-path.ts";
import { LocalStorage } from "./local-storage.ts";
import { readInOneGo } from "./read-in-one-go.ts";

const BYTES = Buffer.from("the bytes of a small file");
const PROGRAM_MS = 30_000;

/** A folder with `file`, a `link` to it, a `folder` and a `pipe`, and a storage on it. */
async function open() {
  await using stack = new AsyncDisposableStack();
  const root = stack.use(await tempFolder()).path;
  writeFileSync(join(root, "file"), BYTES);
  symlinkSync(join(root, "file"), join(root, "link"));
  mkdirSync(join(root, "folder"));
  await promisify(execFile)("mkfifo", [join(root, "pipe")], { timeout: PROGRAM_MS });
  const storage = stack.use(await LocalStorage.open({ root, limits: DEFAULT_LIMITS, warn: assert.fail }));
  const owned = stack.move();
  return { root, storage, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

test("a file, or a part of it, is read in one go when it is no larger than that", async () => {
  await using it = await open();
  const at = join(it.root, "file");
  assert.deepEqual(readInOneGo(at, undefined, 100), { sizeBytes: BYTES.length, start: 0, end: BYTES.length, bytes: BYTES });
  assert.deepEqual(readInOneGo(at, { first: 4, last: 8 }, 5)?.bytes, BYTES.subarray(4, 9));
  assert.equal(readInOneGo(at, { first: 4, last: 8 }, 4), undefined);
  assert.equal(readInOneGo(at, undefined, BYTES.length - 1), undefined);
});

test("a file of which fewer bytes come than it has is not taken for whole", async (t) => {
  await using it = await open();
  const at = join(it.root, "file");
  const { readSync } = fs;
  t.after(syncBuiltinESMExports);
  t.mock.method(fs, "readSync", (file: number, bytes: Uint8Array) => readSync(file, bytes, 0, bytes.length - 1, 0));
  syncBuiltinESMExports();
  assert.equal(readInOneGo(at, undefined, 100), undefined);
  assert.equal(it.storage.readNow(filePath("file"), undefined), undefined);
  t.mock.restoreAll();
});

test("a link, a folder and a pipe are no file to be read, and nobody waits for the other end of a pipe", async () => {
  await using it = await open();
  for (const name of ["folder", "pipe"]) assert.equal(readInOneGo(join(it.root, name), undefined, 100), undefined, name);
  assert.throws(() => readInOneGo(join(it.root, "link"), undefined, 100), { code: "ELOOP" });
  const found = (name: string) => [it.storage.readNow(filePath(name), undefined), it.storage.sizeNow(filePath(name))];
  for (const name of ["folder", "pipe"]) assert.deepEqual(found(name), [undefined, undefined], name);
  assert.deepEqual(found("nothing"), ["absent", "absent"]);
  assert.deepEqual(found("link"), ["absent", undefined]); // not followed: nothing to read, and what it is the long way tells
});

test("whatever is read in one go, no descriptor stays open", { skip: process.platform !== "linux" && "needs /proc" }, async () => {
  await using it = await open();
  const openFiles = () => readdirSync("/proc/self/fd").length;
  const before = openFiles();
  for (let times = 0; times < 40; times += 1) {
    for (const name of ["file", "link", "folder", "pipe", "nothing"]) it.storage.readNow(filePath(name), undefined);
    readInOneGo(join(it.root, "file"), undefined, 1);
    assert.throws(() => readInOneGo(join(it.root, "file"), { first: 1000, last: 1001 }, 100));
  }
  assert.ok(openFiles() - before < 20, `${openFiles() - before} more than before`);
});

test("the room on the disk is known for a moment, and then asked for again", async () => {
  await using it = await open();
  const free = async () => (await it.storage.space(filePath(), new AbortController().signal)).freeBytes;
  const before = await free();
  writeFileSync(join(it.root, "large"), Buffer.alloc(32 * 1024 * 1024, 1));
  const ends = performance.now() + 5000;
  while ((await free()) === before) {
    assert.ok(performance.now() < ends, "it is as it was before 32 MiB were written");
    await sleep(20);
  }
});
