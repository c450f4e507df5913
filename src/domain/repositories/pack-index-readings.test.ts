import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { DEFAULT_LIMITS } from "#limits.ts";
import { MemoryStorage } from "#storage/memory/memory-storage.ts";
import { DATA, idOf, listed, openPackTree, put, TICK_MS } from "../../../test/support/pack-tree.ts";
import { PackIndex } from "./pack-index.ts";

const SIGNAL = new AbortController().signal;

const A = idOf("a", "ab");
const B = idOf("b", "ab");
const C = idOf("c", "cd");

test("a folder that is gone takes no room any more, and neither does one in whose place is something else", async () => {
  await using tree = await openPackTree({ settled: true });
  const { data, index } = tree;
  for (const [id, sizeBytes] of [
    [A, 3],
    [C, 5],
  ] as const)
    tree.write(id, sizeBytes);
  await sleep(TICK_MS);
  await listed(index);
  const both = index.keptBytes;
  rmSync(join(data, "ab"), { recursive: true });
  assert.deepEqual(await listed(index), { [C]: 5 });
  assert.equal(index.keptBytes, both / 2);
  rmSync(join(data, "cd"), { recursive: true });
  writeFileSync(join(data, "cd"), "no folder");
  assert.deepEqual(await listed(index), {});
  assert.equal(index.keptBytes, 0);
});

test("HB-4: what changes while a folder is read is in the next listing: what was read is older than what it shows afterwards", async () => {
  await using tree = await openPackTree({ settled: true });
  for (const id of [A, B]) tree.write(id, 3);
  await sleep(TICK_MS);
  const { listFolder } = tree.storage;
  const late = idOf("late", "ab");
  tree.storage.listFolder = async function* (...args) {
    yield* listFolder(...args); // all names have been read, and the folder has not been left yet
    tree.write(late, 7);
    rmSync(join(tree.data, "ab", B));
  };
  assert.deepEqual(await listed(tree.index), { [A]: 3, [B]: 3 });
  tree.storage.listFolder = listFolder;
  assert.deepEqual(await listed(tree.index), { [A]: 3, [late]: 7 });
});

test("HB-4: all who ask while a folder is read share one reading that begins afterwards, and miss nothing that came before they asked", async () => {
  await using tree = await openPackTree({ settled: true });
  tree.write(A, 3);
  await sleep(TICK_MS);
  const { listFolder } = tree.storage;
  const [wasRead, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let readings = 0;
  tree.storage.listFolder = async function* (...args) {
    readings += 1;
    yield* listFolder(...args);
    wasRead.resolve();
    await goOn.promise;
  };
  const first = listed(tree.index);
  await wasRead.promise;
  tree.write(B, 4);
  const others = [1, 2, 3, 4].map(() => listed(tree.index));
  await sleep(50); // they have looked at the folder by now, and wait
  goOn.resolve();
  assert.deepEqual(await first, { [A]: 3 });
  for (const list of await Promise.all(others)) assert.deepEqual(list, { [A]: 3, [B]: 4 });
  assert.equal(readings, 2);
});

test("a folder with more packs than any repository has is listed whole, in pieces, and not kept", async () => {
  // 4 MiB of 40 bytes a pack.
  for (const [packs, isKept] of [
    [104_857, true],
    [104_858, false],
  ] as const) {
    const clock = { ms: 1_000_000_000 };
    const storage = new MemoryStorage({ clock: () => clock.ms });
    await put(storage, A, "abc");
    clock.ms += 60_000;
    const reads: string[] = [];
    storage.listFolder = async function* (folder) {
      reads.push(folder);
      for (let from = 0; from < packs; from += 512) {
        const files = Array.from({ length: Math.min(512, packs - from) }, (_, index) => {
          const name = `ab${(from + index).toString(16).padStart(62, "0")}`;
          return { name, sizeBytes: from + index, changedAtMs: 0 };
        });
        yield { kind: "files", files };
      }
    };
    const index = new PackIndex({ storage, limits: DEFAULT_LIMITS, monotonic: () => clock.ms });
    for (let round = 1; round <= 2; round += 1) {
      let [count, sizes, largest] = [0, 0, 0];
      for await (const slice of index.list(DATA, SIGNAL)) {
        count += slice.count;
        sizes += slice.sizes.reduce((sum, size) => sum + size, 0);
        largest = Math.max(largest, slice.count);
      }
      assert.deepEqual([count, sizes], [packs, (packs * (packs - 1)) / 2]);
      assert.equal(largest, isKept ? packs : 512);
      assert.equal(reads.length, isKept ? 1 : 2 * round, "once to see that it is too large, and once for each listing");
    }
    assert.equal(index.keptBytes > 0, isKept);
  }
});
