import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { RESTIC_REST } from "./conformance/restic-rest.ts";

const ROOT = resolve(import.meta.dirname, "..");

/** The names of all tests there are, as they stand in the sources; what a template fills in is `*`. */
const TEST_NAMES = new Set(
  globSync(["src/**/*.test.ts", "src/**/*.contract.ts", "cli/**/*.test.ts", "test/**/*.test.ts", "test/support/restic-lifecycle.ts"], {
    cwd: ROOT,
  }).flatMap((path) => {
    const text = readFileSync(join(ROOT, path), "utf8");
    return [...text.matchAll(/\btest\(\s*(?:"(?<plain>(?:[^"\\]|\\.)*)"|`(?<template>[^`]*)`)/g)].map(({ groups }) =>
      (groups?.["plain"]?.replaceAll('\\"', '"') ?? groups?.["template"] ?? "").replace(/\$\{[^}]*\}/g, "*"),
    );
  }),
);

for (const [section, rows] of Object.entries(RESTIC_REST)) {
  test(`spec/restic-rest.md ${section}: every row has its test`, () => {
    const missing = Object.entries(rows).flatMap(([row, tests]) =>
      tests.length === 0
        ? [`${row}: no test`]
        : tests.filter((name) => !TEST_NAMES.has(name)).map((name) => `${row}: no test is called "${name}"`),
    );
    assert.deepEqual(missing, []);
  });
}
