import assert from "node:assert/strict";
import { chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { findOtherOwner, openOwnFolder } from "./own-folder.ts";

const asRoot = process.getuid?.() !== 0 && "only root can give a folder to another user";

test("a folder of one's own is made closed to others, and may be there already", () => {
  const parent = mkdtempSync(join(tmpdir(), "own-"));
  try {
    const folder = join(parent, "a", "b");
    for (let round = 0; round < 2; round += 1) openOwnFolder(folder);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
  } finally {
    rmSync(parent, { recursive: true });
  }
});

test("a folder that cannot be one is refused in a sentence that names it and the flag", () => {
  const parent = mkdtempSync(join(tmpdir(), "own-"));
  try {
    writeFileSync(join(parent, "file"), "");
    for (const folder of [join(parent, "file"), join(parent, "file", "below")]) {
      assert.throws(() => openOwnFolder(folder), new RegExp(`^Error: The data folder ${folder} cannot be used \\(E[A-Z]+: .*--data\\.$`));
    }
  } finally {
    rmSync(parent, { recursive: true });
  }
});

test("a folder that another user works in is told, to root too", { skip: asRoot }, () => {
  const folder = mkdtempSync(join(tmpdir(), "own-"));
  try {
    mkdirSync(join(folder, "files"));
    chownSync(join(folder, "files"), 65534, 65534);
    assert.match(findOtherOwner(folder, "files") ?? "", /used by user 65534, and this is user 0/);
    assert.equal(findOtherOwner(folder, "absent"), undefined);
    mkdirSync(join(folder, "own"));
    assert.equal(findOtherOwner(folder, "own"), undefined);
    assert.deepEqual(readdirSync(folder).sort(), ["files", "own"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
