import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openConnection } from "./open-connection.ts";

test("sqlite: a commit is on the disk when it returns, and references between rows are kept", () => {
  const folder = mkdtempSync(join(tmpdir(), "connection-"));
  try {
    using connection = openConnection({ file: join(folder, "facts.sqlite"), busyMs: 1000, use: "write" });
    assert.equal(connection.handle.prepare("PRAGMA synchronous").get()?.["synchronous"], 2); // FULL
    assert.equal(connection.handle.prepare("PRAGMA foreign_keys").get()?.["foreign_keys"], 1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
