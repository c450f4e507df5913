import assert from "node:assert/strict";
import { mkdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { filePath } from "#storage/file-path.ts";
import { DATA, idOf, listed, openPackTree, put, TICK_MS } from "../../../test/support/pack-tree.ts";

const SIGNAL = new AbortController().signal;

test("HB-4: whatever we and others do to the tree, a listing is what the disk has", { timeout: 120_000 }, async () => {
  const ids = Array.from({ length: 12 }, (_, number) => idOf(`${number}`, ["ab", "ab", "cd"][number % 3]));
  const id = fc.constantFrom(...ids);
  const step = fc.oneof(
    fc.record({ kind: fc.constant("upload" as const), id }),
    fc.record({ kind: fc.constant("trash" as const), id }),
    fc.record({ kind: fc.constant("erase" as const), id }),
    fc.record({ kind: fc.constant("foreign write" as const), id, sizeBytes: fc.nat(50) }),
    fc.record({ kind: fc.constant("foreign remove" as const), id }),
    fc.record({ kind: fc.constant("foreign folder" as const), id }),
    fc.record({ kind: fc.constant("old time" as const), id }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.boolean(), async (steps, settled) => {
      await using tree = await openPackTree({ settled });
      const { data, storage } = tree;
      for (const one of steps) {
        const folder = join(data, one.id.slice(0, 2));
        const path = filePath(...DATA.split("/"), one.id.slice(0, 2), one.id);
        if (one.kind === "upload")
          await put(storage, one.id, "ours").catch(() => undefined); // there already
        else if (one.kind === "trash") await storage.moveToTrash(path, { atMs: Date.now() }, SIGNAL);
        else if (one.kind === "erase") await storage.erase(path, SIGNAL);
        else if (one.kind === "foreign write") {
          mkdirSync(folder, { recursive: true });
          writeFileSync(join(data, "..", "temp"), Buffer.alloc(one.sizeBytes));
          renameSync(join(data, "..", "temp"), join(folder, one.id));
        } else if (one.kind === "foreign remove") rmSync(join(folder, one.id), { force: true });
        else if (one.kind === "foreign folder") rmSync(folder, { recursive: true, force: true });
        else if (statSync(folder, { throwIfNoEntry: false }) !== undefined) utimesSync(folder, 1000, 1000);
        assert.deepEqual(await listed(tree.index), tree.truth(), one.kind);
        if (settled) await sleep(TICK_MS);
      }
    }),
    { numRuns: 40 },
  );
});

test("what lies in its folder before and after a listing is in it, whatever comes and goes meanwhile", async () => {
  await using tree = await openPackTree({ settled: false });
  const staying = Array.from({ length: 400 }, (_, number) => idOf(`stays ${number}`));
  for (const id of staying) tree.write(id, 1);
  const changes = { go: true };
  const change = async (worker: number) => {
    for (let round = 0; changes.go; round += 1) {
      const id = idOf(`goes ${worker} ${round}`);
      await put(tree.storage, id, "x");
      await tree.storage.moveToTrash(filePath(...DATA.split("/"), id.slice(0, 2), id), { atMs: Date.now() }, SIGNAL);
    }
  };
  const workers = [1, 2, 3].map(change);
  for (let round = 0; round < 15; round += 1) {
    const lists = await Promise.all([listed(tree.index), listed(tree.index), listed(tree.index)]);
    for (const list of lists)
      assert.deepEqual(
        staying.filter((id) => list[id] === undefined),
        [],
      );
  }
  changes.go = false;
  await Promise.all(workers);
});
