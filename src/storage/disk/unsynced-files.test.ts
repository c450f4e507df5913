import assert from "node:assert/strict";
import { test } from "node:test";
import { type FilePath, filePath } from "../file-path.ts";
import { MemoryDisk } from "../memory/memory-disk.ts";
import { MemoryStorage } from "../memory/memory-storage.ts";
import { attempt, failing, PATH, SIGNAL, TEXT } from "./faulty-storage.ts";
import { UnsyncedFiles } from "./unsynced-files.ts";

const ROOT = filePath();
const AT_MS = Date.UTC(2026, 10, 21, 17);
const BATCH = "2026-11-21T17";
const NOTHING_OLD = { oursBeforeMs: 0, foreignBeforeMs: 0 };

interface Doubtful {
  readonly disk: MemoryDisk;
  readonly storage: MemoryStorage;
  readonly warnings: string[];
  /** The names of the marks there are. */
  marks(): Promise<readonly string[]>;
  isDoubted(): Promise<boolean | undefined>;
  sweep(folder?: FilePath): Promise<number>;
}

/** A stored file whose sync has failed. */
async function openDoubtful({ capacityBytes = 10_000 } = {}): Promise<Doubtful> {
  const disk = new MemoryDisk({ capacityBytes, clock: Date.now });
  const warnings: string[] = [];
  const storage = new MemoryStorage({ warn: (message) => warnings.push(message) }, disk);
  assert.equal(await attempt(storage), "stored");
  disk.inject(failing("syncFile", "EIO"));
  await assert.rejects(storage.settle(PATH, SIGNAL), { code: "damaged" });
  disk.inject(undefined);
  return {
    disk,
    storage,
    warnings,
    marks: async () => (await Array.fromAsync(disk.readFolder(filePath(".hub-unsynced")))).flat().map(({ name }) => name),
    async isDoubted() {
      const there = await storage.stat(PATH, SIGNAL);
      return there.kind === "file" ? there.unsynced === true : undefined;
    },
    sweep: async (folder = ROOT) => await storage.sweep(folder, NOTHING_OLD, SIGNAL),
  };
}

test("the mark of a file that could not be synced stays as long as the file is there, whatever is swept", async () => {
  const { marks, isDoubted, sweep } = await openDoubtful();
  assert.equal(await sweep(), 0);
  assert.deepEqual([(await marks()).length, await isDoubted()], [1, true]);
});

for (const [who, remove] of [
  ["the hub", async ({ storage }: Doubtful) => void (await storage.erase(PATH, SIGNAL))],
  ["somebody else", async ({ disk }: Doubtful) => await disk.unlink(PATH)],
] as const) {
  test(`the mark of a file that ${who} has removed goes with the next sweep, and with one of its own part of the tree alone`, async () => {
    const it = await openDoubtful();
    await remove(it);
    await it.sweep(filePath("elsewhere"));
    assert.equal((await it.marks()).length, 1);
    await it.sweep(filePath(PATH.split("/")[0] ?? ""));
    assert.deepEqual([await it.marks(), it.warnings], [[], []]);
  });

  test(`a file that comes after one that ${who} has removed is not doubted`, async () => {
    const it = await openDoubtful();
    await remove(it);
    assert.equal(await attempt(it.storage), "stored");
    assert.deepEqual([await it.isDoubted(), await it.marks()], [false, []]);
    assert.equal(await it.storage.settle(PATH, SIGNAL), true);
  });
}

test("a file in the trash keeps its mark, and is doubted when it is restored; the mark goes when it is erased from there", async () => {
  const { storage, marks, isDoubted, sweep } = await openDoubtful();
  await storage.moveToTrash(PATH, { atMs: AT_MS }, SIGNAL);
  await sweep();
  assert.equal((await marks()).length, 1);
  assert.equal(await storage.restoreFromTrash({ batch: BATCH, path: PATH }, SIGNAL), "restored");
  assert.equal(await isDoubted(), true);
  await storage.moveToTrash(PATH, { atMs: AT_MS }, SIGNAL);
  for (const batch of await storage.listTrashBatches(SIGNAL))
    await storage.eraseFromTrash(batch, { mayErase: () => Promise.resolve(true) }, SIGNAL);
  await sweep();
  assert.deepEqual(await marks(), []);
});

test("a mark that another process takes away, by a sweep or with a new file, is gone for all", async () => {
  for (const how of ["sweep", "upload"] as const) {
    const { disk, storage, isDoubted } = await openDoubtful();
    const other = new MemoryStorage({}, disk);
    if (how === "upload") assert.equal(await attempt(other, PATH, "replace"), "stored");
    else {
      await disk.unlink(PATH);
      await other.sweep(ROOT, NOTHING_OLD, SIGNAL);
      assert.equal(await attempt(other), "stored");
    }
    assert.deepEqual([await isDoubted(), await storage.settle(PATH, SIGNAL)], [false, true], how);
  }
});

test("whenever the power goes, no mark is left behind by a file that is gone but one that was torn, which the next upload takes", async () => {
  for (let seed = 0; seed < 40; seed += 1) {
    const { disk } = await openDoubtful();
    const after = disk.powerCut(seed);
    const storage = new MemoryStorage({}, after);
    const names = async () =>
      (await Array.fromAsync(after.readFolder(filePath(".hub-unsynced"))).catch(() => [])).flat().map(({ name }) => name);
    await storage.erase(PATH, SIGNAL);
    await storage.sweep(ROOT, NOTHING_OLD, SIGNAL);
    for (const name of await names()) {
      const mark = await after.stat(filePath(".hub-unsynced", name));
      assert.ok(mark !== undefined && mark.sizeBytes < PATH.length, `seed ${seed}: a whole one is left`);
    }
    assert.equal(await attempt(storage), "stored");
    assert.deepEqual(await names(), [], `seed ${seed}`);
  }
});

test("a mark for whose path there was no room says so, doubts all the same, and goes when the file is written anew", async () => {
  const { marks, isDoubted, sweep, storage, disk, warnings } = await openDoubtful({ capacityBytes: TEXT.length });
  assert.match(warnings.join(), /does not say that it is about/);
  assert.deepEqual([(await marks()).length, await isDoubted()], [1, true]);
  await disk.unlink(PATH);
  await sweep();
  assert.equal((await marks()).length, 1, "nobody knows what it is about");
  assert.equal(await attempt(storage), "stored");
  assert.deepEqual([await marks(), await isDoubted()], [[], false]);
});

test("where it cannot be told whether a file is gone its mark stays", async () => {
  const { disk, marks, sweep, warnings } = await openDoubtful();
  await disk.unlink(PATH);
  disk.inject((step) => (step.call === "stat" && step.path === PATH ? failing("stat", "EIO")(step) : undefined));
  await sweep();
  disk.inject(undefined);
  assert.equal((await marks()).length, 1);
  assert.match(warnings.join(), /were not swept/);
});

test("whatever else lies among the marks keeps none from being swept, and is left", async () => {
  const { disk, marks, sweep, warnings } = await openDoubtful();
  for (const [name, text] of [
    ["0".repeat(64), ""],
    ["1".repeat(64), "../outside"],
    ["2".repeat(64), "r/da"],
    ["notes", "not a mark"],
  ] as const) {
    const file = await disk.createFile(filePath(".hub-unsynced", name), 0o600);
    if (text !== "") await disk.write(file, Buffer.from(text), 0);
    await disk.close(file);
  }
  await disk.unlink(PATH);
  await sweep();
  assert.deepEqual([(await marks()).length, warnings], [4, []]);
});

test("a file whose mark is still being made, or cannot be, is known to its process alone", async () => {
  const disk = new MemoryDisk({ capacityBytes: 1000, clock: Date.now });
  const warnings: string[] = [];
  const one = new UnsyncedFiles(disk, (warning) => warnings.push(warning));
  disk.inject((step) =>
    step.call === "createFile" ? { kind: "fail-before", error: Object.assign(new Error("EROFS"), { code: "EROFS" }) } : undefined,
  );
  const added = one.add(PATH);
  assert.equal(await one.has(PATH), true);
  await added;
  assert.equal(await one.has(PATH), true);
  assert.equal(warnings.length, 1);
  assert.equal(await new UnsyncedFiles(disk, assert.fail).has(PATH), false);
});
