import assert from "node:assert/strict";
import { test } from "node:test";
import { filePath } from "#storage/file-path.ts";
import { seededRandom } from "#storage/memory/seeded-random.ts";
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

test("a folder for which there is no room even when all others have gone puts nobody out", () => {
  const kept = new KeptFolders(100_000);
  kept.keep(ONE, AB, folderOf(1000));
  kept.keep(TWO, AB, folderOf(1000));
  const { bytes } = kept;
  kept.keep(THREE, AB, folderOf(3000)); // alone too large
  kept.keep(TWO, CD, folderOf(1500)); // too large with what is kept of its repository already
  const places = [
    [THREE, AB],
    [TWO, CD],
    [ONE, AB],
    [TWO, AB],
  ] as const;
  assert.deepEqual(
    places.map(([repository, folder]) => kept.find(repository, folder) !== undefined),
    [false, false, true, true],
  );
  assert.equal(kept.bytes, bytes);
});

test("the repository that was longest not asked for goes whole, and no other with it", () => {
  const kept = new KeptFolders(100_000);
  for (const repository of [ONE, TWO]) for (const folder of [AB, CD]) kept.keep(repository, folder, folderOf(500));
  kept.find(ONE, CD);
  kept.keep(THREE, AB, folderOf(500));
  assert.deepEqual(
    [ONE, TWO, THREE].map((repository) => [AB, CD].map((folder) => kept.find(repository, folder)?.slice.count)),
    [
      [500, 500],
      [undefined, undefined],
      [500, undefined],
    ],
  );
});

test("whatever is kept, asked for and forgotten, the bytes are those of what is there, and never more than they may be", () => {
  const MOST_BYTES = 60_000;
  const kept = new KeptFolders(MOST_BYTES);
  const random = seededRandom(7);
  const one = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)] ?? assert.fail();
  const repositories = Array.from({ length: 6 }, (_, index) => filePath("restic", `r${index}`));
  const folders = Array.from({ length: 8 }, (_, index) => filePath("data", `a${index}`));
  kept.keep(ONE, AB, folderOf(0));
  const emptyBytes = kept.bytes;
  kept.forget(ONE, AB);
  let most = 0;
  for (let step = 0; step < 3000; step += 1) {
    const [repository, folder] = [one(repositories), one(folders)];
    const what = random();
    if (what < 0.6) kept.keep(repository, folder, folderOf(Math.floor(random() ** 4 * 1600)));
    else if (what < 0.8) kept.find(repository, folder);
    else kept.forget(repository, folder);
    // Asked for in another order each time: who is asked for last goes last.
    const places = repositories.flatMap((each) => folders.map((path) => ({ each, path, at: random() }))).sort((a, b) => a.at - b.at);
    const there = places.map(({ each, path }) => kept.find(each, path)).filter((found) => found !== undefined);
    const counted = there.reduce((sum, { slice }) => sum + emptyBytes + slice.count * 40, 0);
    assert.equal(kept.bytes, counted, `step ${step}`);
    assert.ok(kept.bytes <= MOST_BYTES, `${kept.bytes} at step ${step}`);
    most = Math.max(most, kept.bytes);
  }
  assert.ok(most > MOST_BYTES * 0.9, `${most}: nothing ever came near the bound`);
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
