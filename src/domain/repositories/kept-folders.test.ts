import assert from "node:assert/strict";
import { test } from "node:test";
import { filePath } from "#storage/file-path.ts";
import { type KeptFolder, KeptFolders } from "./kept-folders.ts";

function folderOf(count: number): KeptFolder {
  const slice = { count, ids: new Uint8Array(count * 32), sizes: new Float64Array(count), digits: count };
  return { slice, mark: { text: "", changedAtMs: [], seenAtMs: 0 }, atMs: 0, isBeingWritten: false };
}

const ONE = filePath("restic", "one", "data");
const TWO = filePath("restic", "two", "data");
const THREE = filePath("restic", "three", "data");
const AB = filePath("data", "ab");
const CD = filePath("data", "cd");

test("what is kept never takes more than it may, and the repository that was longest not asked for goes first", () => {
  const kept = new KeptFolders(100_000);
  for (const repository of [ONE, TWO]) kept.keep(repository, AB, folderOf(1000));
  assert.ok(kept.bytes >= 80_000 && kept.bytes <= 100_000, `${kept.bytes}`);
  assert.ok(kept.find(ONE, AB));
  kept.keep(THREE, AB, folderOf(1000));
  assert.deepEqual(
    [ONE, TWO, THREE].map((repository) => kept.find(repository, AB) !== undefined),
    [true, false, true],
  );
  assert.ok(kept.bytes <= 100_000, `${kept.bytes}`);
});

test("a repository that is too large alone keeps what fits, and puts nobody out for what does not", () => {
  const kept = new KeptFolders(100_000);
  kept.keep(ONE, AB, folderOf(2000));
  kept.keep(ONE, CD, folderOf(2000));
  assert.deepEqual([kept.find(ONE, AB) !== undefined, kept.find(ONE, CD)], [true, undefined]);
  assert.ok(kept.bytes <= 100_000);
});

test("what is read again takes the place of what was kept, and what is gone takes none", () => {
  const kept = new KeptFolders(100_000);
  for (const count of [100, 2000, 10]) kept.keep(ONE, AB, folderOf(count));
  assert.equal(kept.find(ONE, AB)?.slice.count, 10);
  kept.keep(ONE, CD, folderOf(0));
  for (const folder of [AB, CD, CD]) kept.forget(ONE, folder);
  assert.equal(kept.bytes, 0);
});

test("many empty repositories are bounded too", () => {
  const kept = new KeptFolders(100_000);
  for (let index = 0; index < 1000; index += 1) kept.keep(filePath("restic", `r${index}`), AB, folderOf(0));
  assert.ok(kept.bytes <= 100_000 && kept.bytes > 50_000, `${kept.bytes}`);
});
