import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readSmallFile } from "./read-small-file.ts";

test("a small file is read whole, a large one, a folder and a pipe are refused at once", () => {
  const folder = mkdtempSync(join(tmpdir(), "small-"));
  try {
    writeFileSync(join(folder, "file"), "0123456789");
    assert.equal(readSmallFile(join(folder, "file"), 10).toString(), "0123456789");
    assert.throws(() => readSmallFile(join(folder, "file"), 9), /more than 9 bytes/);
    assert.throws(() => readSmallFile(join(folder, "absent"), 9), { code: "ENOENT" });
    assert.throws(() => readSmallFile(folder, 9), /no regular file/);
    execFileSync("mkfifo", [join(folder, "pipe")]);
    assert.throws(() => readSmallFile(join(folder, "pipe"), 9), /no regular file/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
