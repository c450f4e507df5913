import assert from "node:assert/strict";
import { test } from "node:test";
import { isCreatableRepositoryPath, parseObjectId, parseRepositoryPath } from "./repository.ts";

test("RS-1: no segment of a repository's path can leave the folder above it", () => {
  for (const segments of [
    [".."],
    ["..", "a"],
    ["a", ".."],
    ["..", "..", "a"],
    ["a", "..", "b"],
    ["a", ".", "b"],
    ["a/b"],
    ["a\\b"],
    ["a\0b"],
    [""],
  ]) {
    assert.equal(parseRepositoryPath(segments), undefined, JSON.stringify(segments));
  }
  assert.equal(parseRepositoryPath(["a", "b"])?.text, "/a/b/");
  assert.equal(parseRepositoryPath([])?.text, "/");
});

test("a new repository has letters, digits, . _ - @ + and space in its name, and an old one may have more", () => {
  const creatable = (name: string) => {
    const path = parseRepositoryPath([name]);
    return path !== undefined && isCreatableRepositoryPath(path);
  };
  for (const name of ["laptop", "My Photos", "a.b", "a_b-c@d+e", "büro", "日本"]) assert.equal(creatable(name), true, name);
  for (const name of [".hidden", "a:b", "a*b", "a?b", 'a"b', "u\u0308ber", "ü".repeat(65), " lead", "trail "]) {
    assert.equal(creatable(name), false, name);
    assert.notEqual(parseRepositoryPath([name]), undefined, name);
  }
});

test("an object id is 64 lower-case hex digits", () => {
  assert.equal(parseObjectId("a".repeat(64)), "a".repeat(64));
  for (const text of ["", "a".repeat(63), "a".repeat(65), "A".repeat(64), "g".repeat(64), `${"a".repeat(64)}\n`])
    assert.equal(parseObjectId(text), undefined);
});
