import assert from "node:assert/strict";
import { test } from "node:test";
import { completeSwitches, suggestFlag } from "./config-flags.ts";

test("a switch may stand alone, and takes no command for its value", () => {
  assert.deepEqual(completeSwitches(["--tls-main-enabled", "serve"]), ["--tls-main-enabled=true", "serve"]);
  assert.deepEqual(completeSwitches(["serve", "--clear-text-restic"]), ["serve", "--clear-text-restic=true"]);
  assert.deepEqual(completeSwitches(["--tls-main-enabled", "false", "serve"]), ["--tls-main-enabled", "false", "serve"]);
  assert.deepEqual(completeSwitches(["--tls-main-enabled=false"]), ["--tls-main-enabled=false"]);
  assert.deepEqual(completeSwitches(["account", "add", "--", "--tls-main-enabled"]), ["account", "add", "--", "--tls-main-enabled"]);
});

test("an unknown flag leads to the nearest one of the configuration", () => {
  assert.equal(suggestFlag("error: unknown option '--listen-restc'\n"), "(Did you mean --listen-restic?)\n");
  assert.equal(suggestFlag("error: unknown option '--limits-header-byte=3'\n"), "(Did you mean --limits-header-bytes?)\n");
  assert.equal(suggestFlag("error: unknown option '--zebra'\n"), "");
  assert.equal(suggestFlag("error: unknown option '--jsn'\n(Did you mean --json?)\n"), "");
  assert.equal(suggestFlag("error: missing required argument 'name'\n"), "");
});
