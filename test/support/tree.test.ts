import assert from "node:assert/strict";
import { appendFile, cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { tempFolder } from "./temp-folder.ts";
import { assertSameTree, makeTree } from "./tree.ts";

test("the same seed makes the same tree, another seed another", async () => {
  await using folder = await tempFolder();
  const [one, two, other] = await makeTrees(folder.path, [7, 7, 8]);
  await assertSameTree(one, two);
  await assert.rejects(assertSameTree(one, other), assert.AssertionError);
});

test("one byte more in one file is a difference", async () => {
  await using folder = await tempFolder();
  const [tree] = await makeTrees(folder.path, [1]);
  const copy = join(folder.path, "copy");
  await cp(tree, copy, { recursive: true, verbatimSymlinks: true });
  await assertSameTree(copy, tree);
  await appendFile(join(copy, "twice", "first"), "!");
  await assert.rejects(assertSameTree(copy, tree), /twice\/first/);
});

async function makeTrees<Seeds extends readonly [number, ...number[]]>(
  folder: string,
  seeds: Seeds,
): Promise<{ [Index in keyof Seeds]: string }> {
  const trees = seeds.map((_, index) => join(folder, `tree ${index}`));
  for (const [index, tree] of trees.entries()) {
    await mkdir(tree);
    await makeTree(tree, { seed: seeds[index] ?? 0 });
  }
  return trees as { [Index in keyof Seeds]: string }; // map keeps the length
}
