import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { DEFAULT_LIMITS } from "#limits.ts";
import type { EntryPath } from "#model/entry-path.ts";
import { type FilePath, filePath } from "../file-path.ts";
import { putFile } from "../put-file.ts";
import { findMount } from "./kept-folder.ts";
import { LocalStorage } from "./local-storage.ts";

const run = promisify(execFile);
const SIGNAL = new AbortController().signal;
const PATH = filePath("restic", "alice", "keys", "one");
const TEMPS = filePath("restic", "alice", ".hub-tmp");
const AT_MS = Date.UTC(2026, 10, 21, 17);
const BATCH = "2026-11-21T17";

test("a part that is kept elsewhere is read and written there, with its temporary files, and the root holds nothing of it", async () => {
  await using it = await open();
  writeFileSync(join(it.folder, "there"), "before");
  assert.equal(await readText(it.storage, filePath("restic", "there")), "before");
  await using upload = await it.storage.begin(PATH, { temps: TEMPS, publish: "absent" }, SIGNAL);
  await upload.write(Buffer.from("half"));
  assert.equal(readdirSync(join(it.folder, "alice", ".hub-tmp")).length, 1);
  await upload.commit();
  assert.deepEqual(readdirSync(join(it.folder, "alice", ".hub-tmp")), []);
  assert.ok(existsSync(join(it.folder, "alice", "keys", "one")));
  assert.deepEqual(readdirSync(it.root), []);
  // From above too.
  assert.deepEqual(await listed(it.storage, filePath()), ["file restic/alice/keys/one", "file restic/sign", "file restic/there"]);
  assert.equal(await it.storage.erase(PATH, SIGNAL), true);
  assert.ok(!existsSync(join(it.folder, "alice", "keys", "one")));
});

test("what was removed before its place was adopted is listed, comes back and is erased", async () => {
  await using it = await open();
  const other = filePath("restic", "alice", "keys", "two");
  await it.storage.keepElsewhere([]);
  for (const path of [PATH, other]) {
    await put(it.storage, path);
    await it.storage.moveToTrash(path, { atMs: 0 }, SIGNAL);
  }
  await it.storage.keepElsewhere([{ prefix: "restic", folder: it.folder, mount: undefined }]);
  const batch = "1970-01-01T00";
  // Other bytes of the same name in the trash of the adopted folder are not those that are asked for.
  const namesake = join(it.folder, ".hub-trash", batch, other);
  mkdirSync(dirname(namesake), { recursive: true });
  writeFileSync(namesake, "of the adopted folder");

  const found = (await Array.fromAsync(it.storage.listTrash({ batch }, SIGNAL))).filter((item) => item.kind === "file");
  assert.deepEqual(found.map(({ trash, path }) => `${trash} ${path}`).sort(), [
    `.hub-trash ${PATH}`,
    `.hub-trash ${other}`,
    `restic/.hub-trash ${other}`,
  ]);
  const [item] = found.filter(({ path }) => path === PATH);
  assert.ok(item !== undefined);
  assert.equal(await it.storage.restoreFromTrash(item, SIGNAL), "restored");
  assert.equal(await readText(it.storage, PATH), "bytes");
  assert.ok(existsSync(join(it.folder, "alice", "keys", "one")));

  const mayErase = ({ trash }: { readonly trash: string }) => trash === ".hub-trash";
  assert.deepEqual(await it.storage.eraseFromTrash(batch, { mayErase }, SIGNAL), { files: 1, sizeBytes: 5 });
  assert.ok(existsSync(namesake), "the very file that was asked about goes, and no other");
});

test("a folder elsewhere that is missing is unavailable, never empty, never made, and served again when it is back", async () => {
  await using it = await open();
  await put(it.storage, PATH);
  renameSync(it.folder, `${it.folder}-away`);
  await assertUnavailable(it.storage);
  assert.ok(!existsSync(it.folder));
  assert.match(it.warnings.join("\n"), /\/restic\/ cannot be served: .*elsewhere: ENOENT/);
  const said = it.warnings.length;
  await assertUnavailable(it.storage);
  assert.equal(it.warnings.length, said, "told once");

  renameSync(`${it.folder}-away`, it.folder);
  assert.equal(await readText(it.storage, PATH), "bytes");
  assert.deepEqual(await it.storage.stat(filePath("restic", "nobody"), SIGNAL), { kind: "absent" });
  assert.match(it.warnings.at(-1) ?? "", /is back/);
});

test("a folder elsewhere that is missing when the storage is opened is not made, and the rest is served", async () => {
  await using it = await open({ missing: true });
  await assertUnavailable(it.storage);
  assert.ok(!existsSync(it.folder));
  const other = filePath("restbackup", "file");
  await putFile(it.storage, other, bytes(), { temps: filePath("restbackup", ".hub-tmp"), publish: "absent" }, SIGNAL);
  assert.equal(await readText(it.storage, other), "bytes");
  const { writable, problem } = await it.storage.check(SIGNAL);
  assert.deepEqual([writable, /cannot be served/.test(problem ?? "")], [false, true]);
});

test("an empty folder in the place of one that is kept elsewhere is a disk that is not mounted", async () => {
  await using it = await open();
  await put(it.storage, PATH);
  renameSync(it.folder, `${it.folder}-away`);
  mkdirSync(it.folder);
  await assertUnavailable(it.storage);
  assert.deepEqual(readdirSync(it.folder), []);
});

test("a disk that is unmounted under the hub is unavailable even where its place holds files, and its own space counts", async (t) => {
  await using it = await open({ missing: true });
  mkdirSync(it.folder);
  writeFileSync(join(it.folder, "left by a program that ran before the disk was mounted"), "");
  if (!(await mountSmallDisk(t, it.folder))) return;
  try {
    writeFileSync(join(it.folder, "sign"), "");
    const mount = await findMount(it.folder);
    assert.equal(mount, it.folder);
    await it.storage.keepElsewhere([{ prefix: "restic", folder: it.folder, mount }]);
    await put(it.storage, PATH);
    assert.ok((await it.storage.space(filePath("restic", "alice", "not", "there"), SIGNAL)).totalBytes <= 2 ** 20);
    assert.ok((await it.storage.space(filePath("other"), SIGNAL)).totalBytes > 2 ** 20);
    const upload = { temps: TEMPS, publish: "absent", sizeBytes: 2_000_000 } as const;
    await assert.rejects(it.storage.begin(filePath("restic", "alice", "keys", "two"), upload, SIGNAL), { code: "storage_full" });
  } finally {
    await run("umount", [it.folder], { timeout: 30_000 });
  }
  await assertUnavailable(it.storage);
  assert.match(it.warnings.at(-1) ?? "", /nothing is mounted at/);
});

test("parts move under an open storage: what stood there before is out of sight and untouched, and back when the part is given back", async () => {
  await using it = await open({ missing: true });
  mkdirSync(it.folder);
  writeFileSync(join(it.folder, "sign"), "");
  await it.storage.keepElsewhere([]);
  await put(it.storage, PATH);
  await it.storage.keepElsewhere([{ prefix: "restic", folder: it.folder, mount: undefined }]);
  assert.deepEqual(await it.storage.stat(PATH, SIGNAL), { kind: "absent" });
  await put(it.storage, filePath("restic", "alice", "keys", "two"));
  assert.ok(existsSync(join(it.folder, "alice", "keys", "two")));
  assert.equal(statSync(join(it.folder, "alice")).mode & 0o777, 0o700);
  await it.storage.keepElsewhere([]);
  assert.equal(await readText(it.storage, PATH), "bytes");
});

test("a file that is open stays open when its part moves", async () => {
  await using it = await open();
  await putFile(it.storage, PATH, bytes("x".repeat(600_000)), { temps: TEMPS, publish: "absent" }, SIGNAL);
  await using file = await it.storage.open(PATH, {}, SIGNAL);
  await it.storage.keepElsewhere([]);
  let length = 0;
  for await (const chunk of file.body) length += chunk.length;
  assert.equal(length, 600_000);
});

test("while one part is away the trash of the others is listed, and what lies there comes back", async () => {
  await using it = await openTwo();
  const [here, away] = [filePath("restic", "new", "keys", "one"), filePath("restic", "old", "keys", "one")];
  const own = filePath("other", "one");
  for (const path of [here, away, own]) {
    await put(it.storage, path);
    assert.deepEqual(await it.storage.moveToTrash(path, { atMs: AT_MS }, SIGNAL), { sizeBytes: 5, trashedBytes: 5 });
  }
  assert.deepEqual(readdirSync(join(it.folders.new, ".hub-trash")), [BATCH]);
  assert.deepEqual(readdirSync(join(it.folders.old, ".hub-trash")), [BATCH]);
  assert.deepEqual(await trashed(it.storage), [`file ${own}`, `file ${here}`, `file ${away}`].sort());

  renameSync(it.folders.old, `${it.folders.old}-away`);
  assert.deepEqual(await it.storage.listTrashBatches(SIGNAL), [BATCH]);
  assert.deepEqual(await trashed(it.storage), [`file ${own}`, `file ${here}`, `gap restic/old/.hub-trash/${BATCH}`].sort());
  assert.equal(await it.storage.restoreFromTrash({ batch: BATCH, path: here }, SIGNAL), "restored");
  assert.equal(await readText(it.storage, here), "bytes");
  await assert.rejects(it.storage.restoreFromTrash({ batch: BATCH, path: away }, SIGNAL), { code: "unavailable" });

  renameSync(`${it.folders.old}-away`, it.folders.old);
  assert.equal(await it.storage.restoreFromTrash({ batch: BATCH, path: away }, SIGNAL), "restored");
  assert.deepEqual(await trashed(it.storage), [`file ${own}`]);
});

test("what is erased to make room near a path goes from the trash of its own disk alone", async () => {
  await using it = await openTwo();
  const paths = [filePath("restic", "new", "keys", "one"), filePath("restic", "old", "keys", "one"), filePath("other", "one")];
  for (const path of paths) {
    await put(it.storage, path);
    await it.storage.moveToTrash(path, { atMs: AT_MS }, SIGNAL);
  }
  const erase = async (near: FilePath | undefined) => await it.storage.eraseFromTrash(BATCH, { mayErase: () => true, near }, SIGNAL);
  assert.deepEqual(await erase(filePath("restic", "old", "data")), { files: 1, sizeBytes: 5 });
  assert.deepEqual(await trashed(it.storage), ["file other/one", "file restic/new/keys/one"]);
  assert.deepEqual(await erase(filePath("restic")), { files: 1, sizeBytes: 5 });
  assert.deepEqual(await trashed(it.storage), ["file restic/new/keys/one"]);
  assert.deepEqual(await erase(undefined), { files: 1, sizeBytes: 5 });
});

interface Opened extends AsyncDisposable {
  readonly storage: LocalStorage;
  readonly root: string;
  readonly folder: string;
  readonly warnings: string[];
}

async function open({ missing = false } = {}): Promise<Opened> {
  const top = await mkdtemp(join(tmpdir(), "hf-"));
  const [root, folder] = [join(top, "root"), join(top, "elsewhere")];
  if (!missing) {
    mkdirSync(folder);
    writeFileSync(join(folder, "sign"), "");
  }
  const warnings: string[] = [];
  const paths: readonly EntryPath[] = [{ prefix: "restic", folder, mount: undefined }];
  const storage = await LocalStorage.open({ root, paths, limits: DEFAULT_LIMITS, warn: (message) => warnings.push(message) });
  return { storage, root, folder, warnings, [Symbol.asyncDispose]: () => rm(top, { recursive: true }) };
}

/** With two parts, `restic/new` and `restic/old`. */
async function openTwo() {
  const top = await mkdtemp(join(tmpdir(), "hf-"));
  const folders = { new: join(top, "new"), old: join(top, "old") };
  const paths: EntryPath[] = [];
  for (const name of ["new", "old"] as const) {
    mkdirSync(folders[name]);
    writeFileSync(join(folders[name], "sign"), "");
    paths.push({ prefix: `restic/${name}`, folder: folders[name], mount: undefined });
  }
  const storage = await LocalStorage.open({ root: join(top, "root"), paths, limits: DEFAULT_LIMITS, warn: () => undefined });
  return { storage, folders, [Symbol.asyncDispose]: () => rm(top, { recursive: true }) };
}

async function trashed(storage: LocalStorage): Promise<string[]> {
  return (await Array.fromAsync(storage.listTrash({ batch: BATCH }, SIGNAL))).map(({ kind, path }) => `${kind} ${path}`).sort();
}

/** Whatever is asked of the part is refused as unavailable, and a listing has a gap. */
async function assertUnavailable(storage: LocalStorage): Promise<void> {
  const refused = { code: "unavailable" };
  await assert.rejects(storage.stat(PATH, SIGNAL), refused);
  await assert.rejects(storage.stat(filePath("restic"), SIGNAL), refused);
  await assert.rejects(storage.open(PATH, {}, SIGNAL), refused);
  await assert.rejects(put(storage, filePath("restic", "alice", "keys", "new")), refused);
  await assert.rejects(storage.makeFolder(filePath("restic", "alice", "data"), SIGNAL), refused);
  await assert.rejects(storage.makeFolder(filePath("restic", "new"), SIGNAL), refused);
  await assert.rejects(storage.erase(PATH, SIGNAL), refused);
  await assert.rejects(storage.settle(PATH, SIGNAL), refused);
  await assert.rejects(storage.space(filePath("restic", "alice"), SIGNAL), refused);
  assert.deepEqual(await listed(storage, filePath("restic", "alice", "keys")), ["gap restic/alice/keys"]);
  assert.ok((await listed(storage, filePath())).includes("gap restic"));
}

async function listed(storage: LocalStorage, folder: FilePath): Promise<string[]> {
  return (await Array.fromAsync(storage.list(folder, SIGNAL))).map(({ kind, path }) => `${kind} ${path}`).sort();
}

async function put(storage: LocalStorage, path: FilePath): Promise<void> {
  await putFile(storage, path, bytes(), { temps: filePath(...path.split("/").slice(0, -2), ".hub-tmp"), publish: "absent" }, SIGNAL);
}

async function* bytes(text = "bytes"): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

async function readText(storage: LocalStorage, path: FilePath): Promise<string> {
  await using file = await storage.open(path, {}, SIGNAL);
  return (await Array.fromAsync(file.body, (chunk) => Buffer.from(chunk).toString())).join("");
}

/** A disk of 1 MiB at `folder`. Where this user may not mount one the test is reported as skipped. */
async function mountSmallDisk(t: TestContext, folder: string): Promise<boolean> {
  try {
    await run("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], { timeout: 30_000 });
    return true;
  } catch (error) {
    t.skip(`this user cannot mount a small disk: ${error instanceof Error ? error.message.trim() : error}`);
    return false;
  }
}
