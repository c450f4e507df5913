import assert from "node:assert/strict";
import fs, { mkdirSync, writeFileSync } from "node:fs";
import fsPromises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { DEFAULT_LIMITS } from "#limits.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { filePath } from "../file-path.ts";
import { putFile } from "../put-file.ts";
import { LocalStorage } from "./local-storage.ts";

const SIGNAL = new AbortController().signal;
const EXT = 0xef53;
const NFS = 0x6969;
// What the storage calls directly where it may.
const DIRECT = [
  "openSync",
  "closeSync",
  "readSync",
  "writeSync",
  "fstatSync",
  "lstatSync",
  "statSync",
  "statfsSync",
  "linkSync",
  "renameSync",
  "unlinkSync",
  "mkdirSync",
  "rmdirSync",
] as const;

/**
 * Has file systems say that they are of these types. What is called directly of `fs` from then on stands in the answer, with the topmost of
 * the test's folders that it is about.
 */
function pretend(t: TestContext, typeAt: (path: string) => number): { readonly direct: Set<string> } {
  const direct = new Set<string>();
  const { statfs } = fsPromises;
  t.mock.method(fsPromises, "statfs", async (path: string) => Object.assign(await statfs(path), { type: typeAt(path) }));
  for (const name of DIRECT) {
    const call = fs[name] as (...args: unknown[]) => unknown;
    t.mock.method(fs, name, (...args: unknown[]) => {
      direct.add(`${name} ${typeof args[0] === "string" ? /^.*\/elsewhere(?=\/|$)/.exec(args[0])?.[0] : "file"}`);
      return call(...args);
    });
  }
  const readNames = fs.Dir.prototype.readSync;
  t.mock.method(fs.Dir.prototype, "readSync", function (this: fs.Dir) {
    direct.add("readdir");
    return readNames.call(this);
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  return { direct };
}

/** Everything that is done with a stored file. */
async function useIt(storage: LocalStorage, ...prefix: string[]): Promise<void> {
  const path = filePath(...prefix, "repository", "data", "ab", "object");
  const body = async function* () {
    yield Buffer.alloc(20_000, 1);
  };
  const options = { temps: filePath(...prefix, "repository", ".hub-tmp"), publish: "absent", sizeBytes: 20_000 } as const;
  await putFile(storage, path, body(), options, SIGNAL);
  await storage.settle(path, SIGNAL);
  assert.equal((await storage.stat(path, SIGNAL)).kind, "file");
  assert.equal((await storage.lookAtFolder(filePath(...prefix, "repository", "data"), SIGNAL)).kind, "folder");
  storage.readNow(path, undefined);
  storage.sizeNow(path);
  {
    await using file = await storage.open(path, {}, SIGNAL);
    let sizeBytes = 0;
    for await (const chunk of file.body) sizeBytes += chunk.length;
    assert.equal(sizeBytes, 20_000);
  }
  for await (const part of storage.listFolder(filePath(...prefix, "repository", "data", "ab"), () => true, SIGNAL))
    assert.equal(part.kind, "files");
  assert.equal((await Array.fromAsync(storage.list(filePath(...prefix, "repository"), SIGNAL))).length, 1);
  await storage.moveToTrash(path, { atMs: Date.now() }, SIGNAL);
  const [batch = assert.fail()] = await storage.listTrashBatches(SIGNAL);
  await storage.restoreFromTrash({ batch, path }, SIGNAL);
  await storage.sweep(filePath(...prefix, "repository"), { oursBeforeMs: Date.now(), foreignBeforeMs: 0 }, SIGNAL);
  await storage.erase(path, SIGNAL);
  await storage.space(filePath(...prefix), SIGNAL);
}

for (const [where, type, isDirect] of [
  ["a local file system calls are made directly", EXT, true],
  ["a file system over a network no call is made directly: any may keep the whole hub waiting", NFS, false],
] as const) {
  test(`on ${where}`, async (t) => {
    await using folder = await tempFolder();
    const pretended = pretend(t, () => type);
    await using storage = await LocalStorage.open({ root: folder.path, limits: DEFAULT_LIMITS, warn: assert.fail });
    pretended.direct.clear();
    await useIt(storage);
    assert.equal(pretended.direct.size > 10, isDirect, [...pretended.direct].join());
    if (!isDirect) assert.deepEqual([...pretended.direct], []);
  });

  test(`in a folder elsewhere, on ${where}`, async (t) => {
    await using folder = await tempFolder();
    const elsewhere = join(folder.path, "elsewhere");
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, "sign"), "that the disk is there");
    const pretended = pretend(t, (path) => (path === elsewhere ? type : isDirect ? NFS : EXT));
    const paths = [{ prefix: "old", folder: elsewhere, mount: undefined }];
    await using storage = await LocalStorage.open({ root: join(folder.path, "root"), paths, limits: DEFAULT_LIMITS, warn: assert.fail });
    pretended.direct.clear();
    await useIt(storage, "old");
    const inPart = [...pretended.direct].filter((call) => call.endsWith(` ${elsewhere}`));
    assert.equal(inPart.length > 5, isDirect, inPart.join());
    if (!isDirect) assert.deepEqual(inPart, []);
  });
}
