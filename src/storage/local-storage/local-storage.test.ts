import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { DEFAULT_LIMITS } from "#limits.ts";
import { type FilePath, filePath } from "../file-path.ts";
import { putFile } from "../put-file.ts";
import { LocalStorage, type LocalStorageOptions } from "./local-storage.ts";

const run = promisify(execFile);
const SIGNAL = new AbortController().signal;
const PATH = filePath("r", "data", "ab", "object");
const TEMPS = filePath("r", ".hub-tmp");
const PROGRAM_MS = 30_000;

test("what is stored belongs to the hub alone: files 0600, folders 0700", async () => {
  await using opened = await open();
  await put(opened.storage, PATH, "bytes");
  for (const folder of ["r", "r/data", "r/data/ab", "r/.hub-tmp"]) assert.equal(modeOf(opened, folder), 0o700, folder);
  assert.equal(modeOf(opened, PATH), 0o600);
});

test("files can be read-only, or shared with the group as far as the umask allows", async () => {
  for (const [fileMode, expected] of [
    [0o400, 0o400],
    [0o660, 0o660 & ~process.umask()],
  ] as const) {
    await using opened = await open({ fileMode, folderMode: 0o770 });
    await put(opened.storage, PATH, "bytes");
    assert.equal(modeOf(opened, PATH), expected);
    assert.equal(modeOf(opened, "r/data"), 0o770 & ~process.umask());
    assert.equal(await readText(opened.storage, PATH), "bytes");
  }
});

test("a root that is missing is made, and one that is a file is refused", async () => {
  await using opened = await open();
  const root = join(opened.root, "deeper", "root");
  await LocalStorage.open({ root, limits: DEFAULT_LIMITS, warn: fail });
  assert.equal(statSync(root).mode & 0o777, 0o700);
  writeFileSync(join(opened.root, "file"), "");
  await assert.rejects(LocalStorage.open({ root: join(opened.root, "file"), limits: DEFAULT_LIMITS, warn: fail }), { code: "EEXIST" });
});

test("a link in the place of a file is not followed, listed, erased or overwritten", async () => {
  await using opened = await open();
  await opened.storage.makeFolder(filePath("r"), SIGNAL);
  writeFileSync(join(opened.root, "secret"), "secret");
  symlinkSync(join(opened.root, "secret"), join(opened.root, "r", "link"));
  symlinkSync("nowhere", join(opened.root, "r", "broken"));
  for (const name of ["link", "broken"]) {
    const path = filePath("r", name);
    await assert.rejects(opened.storage.open(path, {}, SIGNAL), { code: "not_found" });
    assert.deepEqual(await opened.storage.stat(path, SIGNAL), { kind: "other" });
    assert.equal(await opened.storage.erase(path, SIGNAL), false);
    await assert.rejects(put(opened.storage, path, "mine"), { code: "already_exists" });
  }
  for await (const item of opened.storage.list(filePath("r"), SIGNAL)) assert.fail(item.path);
  assert.equal(readFileSync(join(opened.root, "secret"), "utf8"), "secret");
});

test("a folder of packs that is kept elsewhere behind a link is listed, and one that is not mounted is a gap", async () => {
  await using opened = await open();
  await put(opened.storage, filePath("r", "data", "ab", "one"), "1");
  await put(opened.storage, filePath("elsewhere", "cd", "two"), "2");
  const data = join(opened.root, "r", "data");
  symlinkSync(join(opened.root, "elsewhere", "cd"), join(data, "cd"));
  const listed = async (path: FilePath) =>
    (await Array.fromAsync(opened.storage.list(path, SIGNAL))).map((item) => `${item.kind} ${item.path}`);
  assert.deepEqual((await listed(filePath("r", "data"))).sort(), ["file r/data/ab/one", "file r/data/cd/two"]);

  // A circle is entered once and no further; links of any other name are none of ours, wherever they lead.
  symlinkSync(data, join(data, "ef"));
  symlinkSync("/", join(data, "old"));
  symlinkSync("someone@host.1:2", join(data, ".#lock"));
  assert.deepEqual((await listed(filePath("r", "data"))).sort(), ["file r/data/ab/one", "file r/data/cd/two"]);
  symlinkSync("not-mounted", join(data, "01"));
  assert.ok((await listed(filePath("r", "data"))).includes("gap r/data/01"));
  symlinkSync("not-mounted", join(opened.root, "r", "snapshots"));
  assert.deepEqual(await listed(filePath("r", "snapshots")), ["gap r/snapshots"]);
});

test("a pipe in the place of a file is not found, and nobody waits for its other end", async () => {
  await using opened = await open();
  await run("mkfifo", [join(opened.root, "pipe")], { timeout: PROGRAM_MS });
  await assert.rejects(opened.storage.open(filePath("pipe"), {}, SIGNAL), { code: "not_found" });
});

test("names that the file system has and no path can hold are left out of a listing", async () => {
  await using opened = await open();
  writeFileSync(join(opened.root, "good"), "");
  writeFileSync(join(opened.root, "back\\slash"), "");
  writeFileSync(Buffer.concat([Buffer.from(join(opened.root, "not-utf8-")), Buffer.from([0xff])]), "");
  const found = await Array.fromAsync(opened.storage.list(filePath(), SIGNAL));
  assert.deepEqual(
    found.map(({ path }) => path),
    ["good"],
  );
});

test("what another user has closed is damaged when it is asked for, and a gap in a listing", async () => {
  await using opened = await open();
  chmodSync(opened.root, 0o777);
  // Root may read everything: then the part that must not is played by nobody.
  const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const address = (file: string) => JSON.stringify(pathToFileURL(join(import.meta.dirname, file)).href);
  const script = `
    import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
    import { LocalStorage } from ${address("local-storage.ts")};
    const root = ${JSON.stringify(join(opened.root, "theirs"))};
    const signal = new AbortController().signal;
    const limits = { writeChunkBytes: 1000, readChunkBytes: 1000 };
    const storage = await LocalStorage.open({ root, limits, warn: console.error });
    mkdirSync(root + "/closed");
    for (const name of ["file", "other", "closed/inner"]) writeFileSync(root + "/" + name, "bytes");
    chmodSync(root + "/file", 0);
    chmodSync(root + "/closed", 0);
    const refusal = (promise) => promise.then(() => "no refusal", (error) => error.code + ": " + error.message);
    const listed = (await Array.fromAsync(storage.list("", signal))).map(({ kind, path }) => kind + " " + path).sort();
    const refused = [await refusal(storage.open("file", {}, signal)), await refusal(storage.stat("closed/inner", signal))];
    chmodSync(root + "/closed", 0o700);
    console.log(JSON.stringify({ listed, refused }));
  `;
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], {
    ...nobody,
    cwd: "/",
    timeout: PROGRAM_MS,
    env: { NODE_DISABLE_COMPILE_CACHE: "1" },
  });
  assert.deepEqual(JSON.parse(stdout), {
    listed: ["file file", "file other", "gap closed"],
    refused: Array(2).fill("damaged: A stored file cannot be read: permission denied"),
  });
});

test("a real disk that fills up refuses the upload, keeps what is there and is as empty as before", async (t) => {
  await using opened = await open();
  await using mounted = await mountSmallDisk(t, join(opened.root, "small"));
  if (!mounted.done) return;
  const storage = await LocalStorage.open({ root: join(opened.root, "small"), limits: DEFAULT_LIMITS, warn: fail });
  await put(storage, PATH, "first");
  const before = await storage.space(filePath(), SIGNAL);

  const tooMuch = Buffer.alloc(2_000_000, "x");
  await assert.rejects(put(storage, filePath("r", "second"), tooMuch), { code: "storage_full" });
  await assert.rejects(storage.begin(filePath("r", "second"), { temps: TEMPS, publish: "absent", sizeBytes: 2_000_000 }, SIGNAL), {
    code: "storage_full",
  });
  assert.deepEqual(await storage.space(filePath(), SIGNAL), before);
  assert.deepEqual(readdirSync(join(opened.root, "small", TEMPS)), []);
  assert.equal(await readText(storage, PATH), "first");
});

test("a part of the tree that lies on another disk takes uploads, and keeps their temporary files", async (t) => {
  await using opened = await open();
  mkdirSync(join(opened.root, "r", "data"), { recursive: true });
  await using mounted = await mountSmallDisk(t, join(opened.root, "r", "data"));
  if (!mounted.done) return;
  for (const name of ["one", "two"]) {
    const path = filePath("r", "data", "ab", name);
    await put(opened.storage, path, name);
    assert.equal(await readText(opened.storage, path), name);
    await assert.rejects(put(opened.storage, path, "other"), { code: "already_exists" });
    await put(opened.storage, path, "healed", "replace");
    assert.equal(await readText(opened.storage, path), "healed");

    // The trash is on the root's disk.
    assert.deepEqual(await opened.storage.moveToTrash(path, { atMs: 0 }, SIGNAL), { sizeBytes: 6, trashedBytes: 6 });
    assert.equal(readFileSync(join(opened.root, ".hub-trash", "1970-01-01T00", path), "utf8"), "healed");
    assert.equal(await opened.storage.restoreFromTrash({ batch: "1970-01-01T00", path }, SIGNAL), "restored");
    assert.equal(await readText(opened.storage, path), "healed");
  }
  assert.deepEqual(readdirSync(join(opened.root, "r", "data", "ab")).sort(), ["one", "two"]);
  assert.deepEqual(readdirSync(join(opened.root, TEMPS)), []);

  // Its own room counts, not the root's.
  const upload = { temps: TEMPS, publish: "absent", sizeBytes: 2_000_000 } as const;
  await assert.rejects(opened.storage.begin(filePath("r", "data", "ab", "three"), upload, SIGNAL), { code: "storage_full" });
});

test("a link that somebody has planted in the trash leads nowhere: nothing behind it is shown, brought back or erased", async () => {
  await using opened = await open();
  const outside = await mkdtemp(join(tmpdir(), "hf-"));
  try {
    const path = filePath("r", "data", "object");
    const [batch, linked] = ["2026-11-21T17", "2026-11-21T18"];
    for (const name of ["r/data", "data"]) mkdirSync(join(outside, name), { recursive: true });
    for (const name of ["r/data/object", "data/object"]) writeFileSync(join(outside, name), "not ours");
    mkdirSync(join(opened.root, ".hub-trash", batch), { recursive: true });
    symlinkSync(outside, join(opened.root, ".hub-trash", batch, "r"));
    symlinkSync(outside, join(opened.root, ".hub-trash", linked));
    for (const each of [batch, linked]) {
      for (const below of [undefined, path, filePath("r"), filePath("r", "data")]) {
        assert.deepEqual(await Array.fromAsync(opened.storage.listTrash({ batch: each, below }, SIGNAL)), [], `${each} ${below}`);
      }
      await assert.rejects(opened.storage.restoreFromTrash({ batch: each, path }, SIGNAL), { code: "not_found" });
      await opened.storage.eraseFromTrash(each, { mayErase: () => true }, SIGNAL);
    }
    for (const name of ["r/data/object", "data/object"]) assert.equal(readFileSync(join(outside, name), "utf8"), "not ours");
  } finally {
    await rm(outside, { recursive: true });
  }
});

test("a repository that is taken away by hand under a running hub can be uploaded to again", async () => {
  await using opened = await open();
  await put(opened.storage, PATH, "first");
  await rm(join(opened.root, "r"), { recursive: true });
  await put(opened.storage, PATH, "second");
  assert.equal(await readText(opened.storage, PATH), "second");
});

test("leftovers are swept by their age, wherever they lie; everything else stays", async () => {
  await using opened = await open();
  const id = "ab".repeat(32);
  const old = [".hub-tmp/1", "r/.hub-tmp/2", "r/deep/er/.hub-tmp/3", `r/data/ab/.hub-tmp-4`];
  const foreign = [`r/data/ab/${id}.rest-server-temp5`, `r/keys/${id}-tmp-6`];
  const kept = [`r/data/ab/${id}`, "r/config", "r/.hub-trash/7", "r/.hub-meta/8", `r/.hub-trash/${id}-tmp-9`];
  for (const path of [...old, ...foreign, ...kept, "r/.hub-tmp/young"]) {
    mkdirSync(join(opened.root, path, ".."), { recursive: true });
    writeFileSync(join(opened.root, path), "");
    if (path !== "r/.hub-tmp/young") utimesSync(join(opened.root, path), new Date(), new Date(Date.now() - 7_200_000));
  }
  const hourAgoMs = Date.now() - 3_600_000;
  assert.equal(await opened.storage.sweep(filePath(), { oursBeforeMs: hourAgoMs, foreignBeforeMs: 0 }, SIGNAL), old.length);
  assert.equal(await opened.storage.sweep(filePath(), { oursBeforeMs: 0, foreignBeforeMs: hourAgoMs }, SIGNAL), foreign.length);
  for (const path of [...old, ...foreign]) assert.ok(!existsSync(join(opened.root, path)), path);
  for (const path of [...kept, "r/.hub-tmp/young"]) assert.ok(existsSync(join(opened.root, path)), path);
});

test("two hundred uploads that break off leave no file and no open descriptor", async () => {
  await using opened = await open();
  await put(opened.storage, PATH, "bytes");
  const before = readdirSync("/dev/fd").length;
  const breakOff = async (index: number) => {
    const body = async function* () {
      yield Buffer.alloc(index % 2 === 0 ? 100 : 1_500_000);
      throw new Error("cable pulled");
    };
    const upload = { temps: TEMPS, publish: "absent" } as const;
    await assert.rejects(putFile(opened.storage, filePath("r", `${index}`), body(), upload, SIGNAL), /cable pulled/);
  };
  for (let first = 0; first < 200; first += 10) await Promise.all(Array.from({ length: 10 }, (_, index) => breakOff(first + index)));
  assert.equal(readdirSync("/dev/fd").length, before);
  assert.deepEqual(readdirSync(join(opened.root, TEMPS)), []);
  assert.deepEqual(readdirSync(join(opened.root, "r")).sort(), [".hub-tmp", "data"]);
});

test("a file that is cut short while it is read is damaged", async () => {
  await using opened = await open();
  await put(opened.storage, PATH, Buffer.alloc(2_000_000, "x"));
  await using file = await opened.storage.open(PATH, {}, SIGNAL);
  const body = file.body[Symbol.asyncIterator]();
  await body.next();
  writeFileSync(join(opened.root, PATH), "short");
  await assert.rejects(
    async () => {
      while ((await body.next()).done !== true);
    },
    { code: "damaged" },
  );
});

interface Opened extends AsyncDisposable {
  readonly storage: LocalStorage;
  readonly root: string;
}

async function open(options: Partial<LocalStorageOptions> = {}): Promise<Opened> {
  const root = await mkdtemp(join(tmpdir(), "hf-"));
  const storage = await LocalStorage.open({ root, limits: DEFAULT_LIMITS, warn: fail, ...options });
  return { storage, root, [Symbol.asyncDispose]: () => rm(root, { recursive: true }) };
}

function fail(message: string): void {
  assert.fail(message);
}

/** A disk of 1 MiB at `folder`, which is made. Where this user may not mount one the test is reported as skipped. */
async function mountSmallDisk(t: TestContext, folder: string): Promise<AsyncDisposable & { readonly done: boolean }> {
  mkdirSync(folder, { recursive: true });
  try {
    await run("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], { timeout: PROGRAM_MS });
  } catch (error) {
    t.skip(`this user cannot mount a small disk: ${error instanceof Error ? error.message.trim() : error}`);
    return { done: false, async [Symbol.asyncDispose]() {} };
  }
  return { done: true, [Symbol.asyncDispose]: async () => void (await run("umount", [folder], { timeout: PROGRAM_MS })) };
}

async function put(storage: LocalStorage, path: FilePath, bytes: string | Uint8Array, publish: "absent" | "replace" = "absent") {
  const body = async function* () {
    yield Buffer.from(bytes);
  };
  return await putFile(storage, path, body(), { temps: TEMPS, publish }, SIGNAL);
}

async function readText(storage: LocalStorage, path: FilePath): Promise<string> {
  await using file = await storage.open(path, {}, SIGNAL);
  const chunks = await Array.fromAsync(file.body, (chunk) => Buffer.from(chunk).toString());
  return chunks.join("");
}

function modeOf({ root }: Opened, path: string): number {
  return statSync(join(root, path)).mode & 0o777;
}
