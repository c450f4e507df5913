import assert from "node:assert/strict";
import { test } from "node:test";
import { filePath } from "../file-path.ts";
import { MemoryDisk } from "../memory/memory-disk.ts";
import { UnsyncedFiles } from "./unsynced-files.ts";

const PATH = filePath("r", "data", "ab", "abc");

test("a file that one process could not sync is sound to it again when another has written it anew", async () => {
  const disk = new MemoryDisk({ capacityBytes: 1000, clock: Date.now });
  const [one, other] = [new UnsyncedFiles(disk, assert.fail), new UnsyncedFiles(disk, assert.fail)];
  for (let times = 0; times < 2; times += 1) {
    await one.add(PATH); // the second time beside the mark of the other
    assert.deepEqual([await one.has(PATH), await other.has(PATH)], [true, true]);
    await other.delete(PATH);
    assert.deepEqual([await one.has(PATH), await other.has(PATH)], [false, false]);
    await other.add(PATH);
  }
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
