import assert from "node:assert/strict";
import { test } from "node:test";
import { type FilePath, filePath } from "../file-path.ts";
import { MemoryDisk } from "../memory/memory-disk.ts";
import { systemError } from "../memory/memory-fault.ts";
import { putFile } from "../put-file.ts";
import type { Disk } from "./disk.ts";
import { DiskDriver } from "./disk-driver.ts";

const SIGNAL = new AbortController().signal;
const PATH = filePath("r", "data", "ab", "object");
const TEMPS = filePath("r", ".hub-tmp");
const AT_MS = Date.UTC(2026, 10, 21, 17);
const SWEEP_ALL = { oursBeforeMs: Number.MAX_SAFE_INTEGER, foreignBeforeMs: Number.MAX_SAFE_INTEGER };
const OPTIONS = { limits: { writeChunkBytes: 16, readChunkBytes: 16 }, warn: () => undefined };

for (const [where, isApart] of [["on the same disk", false] as const, ["on another disk", true] as const]) {
  test(`right bytes that a removal of damaged ones takes in another process, killed at once, are in the trash after a sweep; it lies ${where}`, async () => {
    const disk = new MemoryDisk({ capacityBytes: 1e6, clock: () => 1 });
    const healer = new DiskDriver(disk, OPTIONS);
    await put(healer, "damaged", "absent");
    const moved = Promise.withResolvers<void>();
    const dying = new Proxy(disk, {
      get(target, key) {
        const step: unknown = Reflect.get(target, key);
        if (typeof step !== "function") return step;
        if (key !== "rename" && key !== "link") return step.bind(target);
        return async (...args: unknown[]) => {
          if (isApart && inTrash(args[0]) !== inTrash(args[1])) throw systemError("EXDEV");
          if (key === "link" || args[0] !== PATH) return await step.apply(target, args);
          await put(healer, "right", "replace");
          await step.apply(target, args);
          moved.resolve();
          return await new Promise(() => undefined); // it is killed
        };
      },
    }) satisfies Disk;
    void new DiskDriver(dying, OPTIONS).moveToTrash(PATH, { atMs: AT_MS }, SIGNAL);
    await moved.promise;

    const next = new DiskDriver(disk, OPTIONS);
    await next.sweep(filePath("r"), SWEEP_ALL, SIGNAL);
    const trashed: string[] = [];
    for (const batch of await next.listTrashBatches(SIGNAL)) {
      for await (const item of next.listTrash({ batch }, SIGNAL)) {
        assert.ok(item.kind === "file" && item.path === PATH);
        trashed.push(await readText(next, filePath(".hub-trash", batch, ...PATH.split("/"))));
      }
    }
    assert.deepEqual(trashed.sort(), ["damaged", "right"]);
    assert.deepEqual(await namesBelow(disk, filePath(), /^\.hub-(own|tmp-)/), []);
  });
}

test("bytes that another process has just put into a trash on another disk are durable there before the file goes from its place", async () => {
  const disk = new MemoryDisk({ capacityBytes: 1e6, clock: () => 1 });
  const apart = (hasFolderSync: boolean) =>
    new Proxy(disk, {
      get(target, key) {
        const step: unknown = Reflect.get(target, key);
        if (typeof step !== "function") return step;
        return (...args: unknown[]) => {
          const isMove = key === "rename" || key === "link" || key === "renameToAbsent";
          if (isMove && inTrash(args[0]) !== inTrash(args[1])) throw systemError("EXDEV");
          if (key === "syncFolder" && !hasFolderSync && inTrash(args[0])) return new Promise(() => undefined); // it stands still there
          return step.apply(target, args);
        };
      },
    }) satisfies Disk;
  const hub = new DiskDriver(apart(true), OPTIONS);
  // So that the folders are durable, and known to be.
  const other = filePath("r", "data", "ab", "other");
  await put(hub, "before", "absent", other);
  await hub.moveToTrash(other, { atMs: AT_MS }, SIGNAL);
  await put(hub, "one", "absent");
  void new DiskDriver(apart(false), OPTIONS).moveToTrash(PATH, { atMs: AT_MS }, SIGNAL);
  while ((await disk.stat(filePath(".hub-trash", "2026-11-21T17", ...PATH.split("/")))) === undefined) await new Promise(setImmediate);
  assert.deepEqual(await hub.moveToTrash(PATH, { atMs: AT_MS }, SIGNAL), { sizeBytes: 3, trashedBytes: 0 });

  const left = disk.powerCutBy({ keepsName: () => false, keptBytes: (lengthBytes) => lengthBytes });
  assert.equal(await readText(new DiskDriver(left, OPTIONS), filePath(".hub-trash", "2026-11-21T17", ...PATH.split("/"))), "one");
});

function inTrash(path: unknown): boolean {
  return String(path).startsWith(".hub-trash");
}

async function namesBelow(disk: Disk, folder: FilePath, wanted: RegExp): Promise<string[]> {
  const found: string[] = [];
  for await (const entries of disk.readFolder(folder)) {
    for (const { name, kind } of entries) {
      if (kind === "folder") found.push(...(await namesBelow(disk, filePath(...folder.split("/").filter(Boolean), name), wanted)));
      else if (wanted.test(name)) found.push(name);
    }
  }
  return found;
}

async function put(driver: DiskDriver, text: string, publish: "absent" | "replace", path = PATH): Promise<void> {
  const pieces = async function* () {
    yield Buffer.from(text);
  };
  await putFile(driver, path, pieces(), { temps: TEMPS, publish, sizeBytes: undefined, sha256: undefined }, SIGNAL);
}

async function readText(driver: DiskDriver, path: FilePath): Promise<string> {
  await using file = await driver.open(path, {}, SIGNAL);
  return Buffer.concat(await Array.fromAsync(file.body, (chunk) => Buffer.from(chunk))).toString();
}
