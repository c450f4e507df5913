import assert from "node:assert/strict";
import { test } from "node:test";
import { below, filePath, parentOf } from "./file-path.ts";

test("a path is made of plain names, and no join of them can leave the entry", () => {
  assert.equal(filePath("a", "b c", "..d"), "a/b c/..d");
  assert.equal(below(filePath(), "a"), "a");
  assert.equal(below(filePath("a"), "b", "c"), "a/b/c");
  for (const segment of ["", ".", "..", "a/b", "a\\b", "a\0"]) {
    assert.throws(() => filePath("a", segment), /Not one plain name/, segment);
    assert.throws(() => below(filePath("a"), segment), /Not one plain name/, segment);
  }
});

test("the folder of a path is what stands before its last name", () => {
  assert.deepEqual([parentOf(filePath("a", "b", "c")), parentOf(filePath("a")), parentOf(filePath())], ["a/b", "", ""]);
});
