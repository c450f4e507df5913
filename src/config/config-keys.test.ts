import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CONFIG_KEYS, configJsonSchema, flagOf, variableOf } from "./config-keys.ts";

const docs = (name: string) => readFileSync(join(import.meta.dirname, "../../docs", name), "utf8");

test("one rule makes flag and variable out of a key", () => {
  const table: [key: string, flag: string, variable: string][] = [
    ["data", "--data", "HOLDFAST_DATA"],
    ["databaseUrl", "--database-url", "HOLDFAST_DATABASE_URL"],
    ["listen.restic", "--listen-restic", "HOLDFAST_LISTEN_RESTIC"],
    ["tls.restic.cert", "--tls-restic-cert", "HOLDFAST_TLS_RESTIC_CERT"],
    ["limits.headerBytes", "--limits-header-bytes", "HOLDFAST_LIMITS_HEADER_BYTES"],
    ["limits.http2ConcurrentStreams", "--limits-http2-concurrent-streams", "HOLDFAST_LIMITS_HTTP2_CONCURRENT_STREAMS"],
  ];
  for (const [key, flag, variable] of table) assert.deepEqual([flagOf(key), variableOf(key)], [flag, variable]);
});

test("no two keys share a flag or a variable, and each is explained", () => {
  const keys = [...CONFIG_KEYS.values()];
  assert.equal(new Set(keys.map(({ flag }) => flag)).size, keys.length);
  assert.equal(new Set(keys.map(({ variable }) => variable)).size, keys.length);
  for (const { path, description } of keys) assert.notEqual(description, "", path);
});

test("the published JSON schema is the one the hub uses", () => {
  assert.deepEqual(JSON.parse(docs("config.schema.json")), JSON.parse(JSON.stringify(configJsonSchema())));
});

test("every key stands in docs/configuration.md", () => {
  const page = docs("configuration.md");
  const missing = [...CONFIG_KEYS.keys()].filter((path) => !page.includes(`| \`${path}\` |`));
  assert.deepEqual(missing, []);
});

test("docs/configuration.md names no key that does not exist", () => {
  const named = [...docs("configuration.md").matchAll(/^\| `([a-z][A-Za-z0-9.]*)` \|/gm)].map(([, path]) => path ?? "");
  assert.deepEqual(
    named.filter((path) => !CONFIG_KEYS.has(path)),
    [],
  );
});
