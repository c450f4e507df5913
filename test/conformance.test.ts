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

/** Every row that has an id of its own in the spec, less, of section 5, what is no wish for this door. */
const IDS: Readonly<Record<string, readonly string[]>> = {
  "section 0": Array.from({ length: 20 }, (_, index) => String(index + 1)),
  "section 5": ["1", "2", "3", "4", "5", "8", "9", "10", "12", "13", "15", "16"],
  "section 4.1, rest-server's own tests": Array.from({ length: 16 }, (_, index) => `RS-${index + 1}`),
  "section 4.2, restic's backend suite": Array.from({ length: 9 }, (_, index) => `RB-${index + 1}`),
  "section 4.4": Array.from({ length: 9 }, (_, index) => `HB-${index + 1}`),
};

test("the map names every row of spec/restic-rest.md that has an id", () => {
  const missing = Object.entries(IDS).flatMap(([section, ids]) => {
    const rows = Object.keys(RESTIC_REST[section] ?? {}).map((row) => row.split(/[ ,]/)[0]);
    return ids.filter((id) => !rows.includes(id)).map((id) => `${section}: ${id}`);
  });
  assert.deepEqual(missing, []);
});

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
