import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { DEFAULT_LIMITS } from "#limits.ts";
import { filePath } from "#storage/file-path.ts";
import { MemoryStorage } from "#storage/memory/memory-storage.ts";
import { counting, DATA, idOf, listed, openPackTree, type PackTree, put, TICK_MS } from "../../../test/support/pack-tree.ts";
import { PackIndex } from "./pack-index.ts";

const SIGNAL = new AbortController().signal;
const AGE_MS = DEFAULT_LIMITS.listingIndexAgeMs;

const A = idOf("a", "ab");
const B = idOf("b", "ab");
const C = idOf("c", "cd");

/** A time that whoever copies a tree may give a folder. */
const OLD_SECONDS = 1_000_000;

/** What others do to the tree while a hub runs. */
const BEHIND_OUR_BACK: Record<string, (tree: PackTree) => void | Promise<void>> = {
  "a file is added": ({ write }) => write(idOf("new", "ab"), 7),
  "a file is added in a folder that was not there": ({ write }) => write(idOf("new", "77"), 7),
  "a file is removed": ({ data }) => rmSync(join(data, "ab", A)),
  "a file is renamed": ({ data }) => renameSync(join(data, "ab", A), join(data, "ab", idOf("other", "ab"))),
  "a file is put over another, by rename": ({ data }) => {
    writeFileSync(join(data, "temp"), "twelve bytes");
    renameSync(join(data, "temp"), join(data, "ab", A));
    rmSync(join(data, "temp"), { force: true });
  },
  "a file goes and one comes, so that there are as many": ({ data, write }) => {
    rmSync(join(data, "ab", A));
    write(idOf("new", "ab"), 5);
  },
  "a file is added and the folder is given the time it had": ({ data, write }) => {
    write(idOf("new", "ab"), 7);
    utimesSync(join(data, "ab"), OLD_SECONDS, OLD_SECONDS);
  },
  "a folder is removed": ({ data }) => rmSync(join(data, "ab"), { recursive: true }),
  "a folder is put in the place of another, with an older time": ({ data }) => {
    mkdirSync(join(data, "..", "older"));
    writeFileSync(join(data, "..", "older", idOf("older", "ab")), "older");
    utimesSync(join(data, "..", "older"), 1_000_000, 1_000_000);
    rmSync(join(data, "ab"), { recursive: true });
    renameSync(join(data, "..", "older"), join(data, "ab"));
  },
  "all of it is put in the place of all of it": ({ data }) => {
    const other = join(data, "..", "other-data");
    mkdirSync(join(other, "ab"), { recursive: true });
    writeFileSync(join(other, "ab", A), "another length");
    renameSync(data, join(data, "..", "old-data"));
    renameSync(other, data);
  },
  "a folder becomes a link to one elsewhere": ({ data }) => {
    renameSync(join(data, "ab"), join(data, "..", "elsewhere"));
    writeFileSync(join(data, "..", "elsewhere", idOf("new", "ab")), "1234567");
    symlinkSync(join(data, "..", "elsewhere"), join(data, "ab"));
  },
};

for (const settled of [true, false]) {
  for (const [what, change] of Object.entries(BEHIND_OUR_BACK)) {
    test(`HB-4: ${what}, and the next listing has it${settled ? "" : ", two listings within a second"}`, async () => {
      await using tree = await openPackTree({ settled });
      for (const [id, sizeBytes] of [
        [A, 3],
        [B, 4],
        [C, 5],
      ] as const)
        tree.write(id, sizeBytes);
      utimesSync(join(tree.data, "ab"), OLD_SECONDS, OLD_SECONDS);
      await sleep(settled ? TICK_MS : 0);
      assert.deepEqual(await listed(tree.index), { [A]: 3, [B]: 4, [C]: 5 });
      await sleep(settled ? TICK_MS : 0);
      const before = tree.truth();
      await change(tree);
      assert.notDeepEqual(tree.truth(), before);
      assert.deepEqual(await listed(tree.index), tree.truth());
      await sleep(settled ? TICK_MS : 0);
      assert.deepEqual(await listed(tree.index), tree.truth());
    });
  }
}

test("HB-4: what changes behind a link shows too, and where it leads to", async () => {
  await using tree = await openPackTree({ settled: true });
  const [first, second] = [join(tree.data, "..", "first"), join(tree.data, "..", "second")];
  for (const folder of [first, second]) mkdirSync(folder);
  writeFileSync(join(first, A), "one");
  writeFileSync(join(second, B), "two");
  symlinkSync(first, join(tree.data, "ab"));
  await sleep(TICK_MS);
  assert.deepEqual(await listed(tree.index), { [A]: 3 });
  await sleep(TICK_MS);
  writeFileSync(join(first, idOf("new", "ab")), "three");
  assert.deepEqual(await listed(tree.index), { [A]: 3, [idOf("new", "ab")]: 5 });
  rmSync(join(tree.data, "ab"));
  symlinkSync(second, join(tree.data, "ab"));
  assert.deepEqual(await listed(tree.index), { [B]: 3 });
  rmSync(second, { recursive: true });
  await assert.rejects(listed(tree.index), { code: "damaged" });
});

test("HB-5: a folder that shows no change is not read again, and the others are", async () => {
  await using tree = await openPackTree({ settled: true });
  for (let pack = 0; pack < 600; pack += 1) tree.write(idOf(`${pack}`), pack);
  await sleep(TICK_MS);
  await listed(tree.index);
  const folders = tree.reads.length;
  assert.ok(folders > 200);
  for (let again = 0; again < 3; again += 1) assert.deepEqual(await listed(tree.index), tree.truth());
  assert.equal(tree.reads.length, folders);
  await sleep(TICK_MS);
  tree.write(idOf("new", "ab"), 9);
  assert.deepEqual(await listed(tree.index), tree.truth());
  assert.deepEqual(tree.reads.slice(folders), [`${DATA}/ab`]);
});

test("sizes of files that others change where they lie are looked at again in time", async () => {
  const clock = { ms: 1_000_000_000 };
  const { storage, reads } = counting(new MemoryStorage({ clock: () => clock.ms }));
  const index = new PackIndex({ storage, limits: DEFAULT_LIMITS, monotonic: () => clock.ms });
  await put(storage, A, "abc");
  clock.ms += 60_000;
  await listed(index);
  const after = async (ms: number) => {
    clock.ms += ms;
    await listed(index);
    return reads.length;
  };
  assert.deepEqual([reads.length, await after(1000), await after(AGE_MS - 2000), await after(1000), await after(1000)], [1, 1, 1, 2, 2]);
});

test("HB-4: two changes that leave one and the same time are both seen", async () => {
  // A disk that counts time in steps of two seconds, as the coarsest do.
  const clock = { ms: 1_000_000_000 };
  const coarse = () => Math.floor(clock.ms / 2000) * 2000;
  const storage = new MemoryStorage({ clock: coarse });
  const lookAtFolder = storage.lookAtFolder.bind(storage);
  storage.lookAtFolder = async (path, signal) => {
    const look = await lookAtFolder(path, signal);
    return look.kind === "folder" && look.mark !== undefined ? { ...look, mark: { ...look.mark, seenAtMs: clock.ms } } : look;
  };
  const index = new PackIndex({ storage, limits: DEFAULT_LIMITS, monotonic: () => clock.ms });
  for (let step = 0; step < 60; step += 1) await put(storage, idOf(`${step}`, "ab"), "abc");
  clock.ms += 60_000;
  for (let left = 59; left >= 0; left -= 1) {
    await storage.erase(filePath(...DATA.split("/"), "ab", idOf(`${left}`, "ab")), SIGNAL);
    assert.equal(Object.keys(await listed(index)).length, left);
    clock.ms += left > 30 ? 100 : 1900;
  }
});

test("who reads a listing slowly holds one folder, and gets the rest as it is by then", async () => {
  await using tree = await openPackTree({ settled: true });
  tree.write(A, 3);
  tree.write(C, 5);
  await sleep(TICK_MS);
  await listed(tree.index);
  const slow = tree.index.list(DATA, SIGNAL);
  assert.equal((await slow.next()).value?.count, 1);
  rmSync(join(tree.data, "cd", C));
  tree.write(idOf("later", "ef"), 1);
  const rest = await Array.fromAsync(slow);
  assert.deepEqual(
    rest.map(({ ids }) => Buffer.from(ids).toString("hex")),
    [idOf("later", "ef")],
  );
});

test("a listing that its reader gives up ends, also while it waits for what another reads", async () => {
  const storage = new MemoryStorage();
  const index = new PackIndex({ storage, limits: DEFAULT_LIMITS, monotonic: () => performance.now() });
  await put(storage, A, "abc");
  const hang = new AbortController();
  storage.inject(({ call }) => (call === "readFolder" ? { kind: "hang", signal: hang.signal } : undefined));
  const first = listed(index);
  const reader = new AbortController();
  const second = listed(index, reader.signal);
  await sleep(5);
  reader.abort(new Error("gone"));
  await assert.rejects(second, /gone/);
  hang.abort(Object.assign(new Error("EIO"), { code: "EIO" }));
  await assert.rejects(first, { code: "damaged" });
  storage.inject(undefined);
  assert.deepEqual(await listed(index), { [A]: 3 });
});

test("without room for an index, and where folders keep no times, a listing is read each time and is the same", async () => {
  await using tree = await openPackTree({ settled: true });
  for (let pack = 0; pack < 100; pack += 1) tree.write(idOf(`${pack}`), pack);
  await sleep(TICK_MS);
  const none = new PackIndex({
    storage: tree.storage,
    limits: { ...DEFAULT_LIMITS, listingIndexBytes: 0 },
    monotonic: () => performance.now(),
  });
  for (let round = 0; round < 2; round += 1) assert.deepEqual(await listed(none), tree.truth());
  assert.equal(none.keptBytes, 0);
  const lookAtFolder = tree.storage.lookAtFolder.bind(tree.storage);
  tree.storage.lookAtFolder = async (path, signal) => {
    const look = await lookAtFolder(path, signal);
    return look.kind === "folder" ? { ...look, mark: undefined } : look;
  };
  for (let round = 0; round < 2; round += 1) assert.deepEqual(await listed(tree.index), tree.truth());
  assert.equal(tree.index.keptBytes, 0);
});

test("a pack that is cut where it lies while it is new, or lengthened, is listed as it is", async () => {
  await using tree = await openPackTree({ settled: false });
  const lookAtFolder = tree.storage.lookAtFolder.bind(tree.storage);
  tree.storage.lookAtFolder = async (path, signal) => {
    const look = await lookAtFolder(path, signal);
    // The folder shows no change for long, as it does while a large file is being copied into it.
    return look.kind === "folder" && look.mark !== undefined ? { ...look, mark: { ...look.mark, changedAtMs: [0] } } : look;
  };
  tree.write(A, 30);
  assert.deepEqual(await listed(tree.index), { [A]: 30 });
  truncateSync(join(tree.data, "ab", A), 10);
  assert.deepEqual(await listed(tree.index), { [A]: 10 });
  appendFileSync(join(tree.data, "ab", A), randomUUID());
  assert.deepEqual(await listed(tree.index), { [A]: 46 });
});
