import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { lockFolder } from "#lib/folder-lock.ts";
import { tempFolder } from "../test/support/temp-folder.ts";
import { findRunningHub } from "./running-hub.ts";

const RUN_FILE = "holdfast.run.json";
const listeners = { restic: "http://127.0.0.1:8000" };
const publicUrls = { main: [], restic: ["https://backup.example.org"] };

test("a hub is found by the file it keeps while it runs", async () => {
  await using folder = await tempFolder();
  assert.equal(findRunningHub(folder.path), undefined);
  using _ = lockFolder(folder.path);
  await writeFile(join(folder.path, RUN_FILE), JSON.stringify({ pid: process.pid, listeners, publicUrls }));
  assert.deepEqual(findRunningHub(folder.path), { pid: process.pid, listeners, publicUrls });
});

test("a process that has got the number of a killed hub is no hub", async () => {
  await using folder = await tempFolder();
  lockFolder(folder.path)[Symbol.dispose]();
  await writeFile(join(folder.path, RUN_FILE), JSON.stringify({ pid: process.pid, listeners, publicUrls }));
  assert.equal(findRunningHub(folder.path), undefined);
});

test("what a killed hub left behind, or half a file, is no hub", async () => {
  await using folder = await tempFolder();
  const { pid } = spawnSync(process.execPath, ["--version"]);
  for (const text of [
    JSON.stringify({ pid, listeners, publicUrls }),
    '{"pid":',
    "null",
    JSON.stringify({ pid: -1, listeners, publicUrls }),
  ]) {
    await writeFile(join(folder.path, RUN_FILE), text);
    assert.equal(findRunningHub(folder.path), undefined, text);
  }
});
