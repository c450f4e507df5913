import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { lockFolder } from "./folder-lock.ts";

/** A process that holds the lock of `folder` until it is killed. */
async function holder(folder: string) {
  const code = `import { lockFolder } from ${JSON.stringify(new URL("./folder-lock.ts", import.meta.url).href)};
    globalThis.kept = lockFolder(${JSON.stringify(folder)}); console.log("held"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code], { stdio: ["ignore", "pipe", "inherit"], timeout: 10_000 });
  await once(child.stdout, "data");
  return child;
}

test("a second holder of a folder is told which process has it, and a killed one leaves no lock behind", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lock-"));
  try {
    const first = await holder(folder);
    assert.throws(() => lockFolder(folder), new RegExp(`process ${first.pid}\\b.*${folder}`));
    first.kill("SIGKILL");
    await once(first, "exit");
    lockFolder(folder)[Symbol.dispose]();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a lock that is given back can be taken again by the same process", () => {
  const folder = mkdtempSync(join(tmpdir(), "lock-"));
  try {
    for (let round = 0; round < 2; round += 1) {
      using _ = lockFolder(folder);
      assert.throws(() => lockFolder(folder), /Another Holdfast/);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
