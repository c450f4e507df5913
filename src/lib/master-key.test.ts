import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { openMasterKey } from "./master-key.ts";

const asRoot = process.getuid?.() !== 0 && "only root can give a file to another user";

function ownFolder() {
  const folder = mkdtempSync(join(tmpdir(), "master-key-"));
  return { folder, file: join(folder, "master.key"), [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

test("the key is made on first need, for its user alone, and stays the same", async () => {
  using own = ownFolder();
  const made = await openMasterKey({ folder: own.folder, file: undefined, make: true });
  assert.equal(statSync(own.file).mode & 0o777, 0o600);
  const bytes = readFileSync(own.file, "utf8");
  assert.match(bytes, /^[0-9a-f]{64}\n$/);
  const again = await openMasterKey({ folder: own.folder, file: undefined, make: true });
  assert.equal(again.id, made.id);
  assert.equal(readFileSync(own.file, "utf8"), bytes);
  assert.deepEqual(readdirSync(own.folder), ["master.key"]);
});

test("processes that need it at once get the same one", async () => {
  using own = ownFolder();
  const code = `import { openMasterKey } from ${JSON.stringify(new URL("./master-key.ts", import.meta.url).href)};
    const keys = await Promise.all(Array.from({ length: 8 }, () => openMasterKey({ folder: process.argv[1], file: undefined, make: true })));
    console.log(keys.map(({ id }) => id).join("\\n"));`;
  const runs = [1, 2, 3].map(() => promisify(execFile)(process.execPath, ["--input-type=module", "-e", code, own.folder]));
  const ids = (await Promise.all(runs)).flatMap(({ stdout }) => stdout.trim().split("\n"));
  assert.equal(ids.length, 24);
  assert.equal(new Set(ids).size, 1);
  assert.deepEqual(readdirSync(own.folder), ["master.key"]);
});

test("no key is made in place of one that is gone, or that was named", async () => {
  using own = ownFolder();
  await assert.rejects(openMasterKey({ folder: own.folder, file: undefined, make: false }), /is gone, .*bring it back/);
  const named = join(own.folder, "named");
  await assert.rejects(
    openMasterKey({ folder: own.folder, file: named, make: true }),
    /There is no master key file .*openssl rand -hex 32/,
  );
  assert.deepEqual(readdirSync(own.folder), []);
});

test("a named key is taken as digits or as raw bytes", async () => {
  using own = ownFolder();
  const ids = new Set<string>();
  for (const bytes of [Buffer.alloc(32, 0xab), `${"ab".repeat(32)}\n`, "AB".repeat(32)]) {
    writeFileSync(own.file, bytes, { mode: 0o600 });
    ids.add((await openMasterKey({ folder: "/nowhere", file: own.file, make: false })).id);
  }
  assert.equal(ids.size, 1);
});

test("a file that is no key is refused in a sentence, and left as it is", async () => {
  using own = ownFolder();
  for (const [text, sentence] of [
    ["ab".repeat(40), /is no key: it must hold 64 hexadecimal/],
    ["zz".repeat(32), /is no key/],
    ["short", /is no key/],
    ["", /is empty: bring it back/],
  ] as const) {
    writeFileSync(own.file, text, { mode: 0o600 });
    await assert.rejects(openMasterKey({ folder: own.folder, file: undefined, make: true }), sentence);
    assert.equal(readFileSync(own.file, "utf8"), text);
  }
  await assert.rejects(openMasterKey({ folder: own.folder, file: own.folder, make: true }), /no regular file/);
});

test("a file that is only just being written is waited for", async () => {
  using own = ownFolder();
  writeFileSync(own.file, "", { mode: 0o600 });
  const opening = openMasterKey({ folder: own.folder, file: undefined, make: true });
  setTimeout(() => writeFileSync(own.file, `${"cd".repeat(32)}\n`), 60);
  assert.match((await opening).id, /^[0-9a-f]{16}$/);
});

test("a key that others may read is refused, with what to do", async () => {
  using own = ownFolder();
  await openMasterKey({ folder: own.folder, file: undefined, make: true });
  for (const mode of [0o640, 0o604, 0o620]) {
    chmodSync(own.file, mode);
    await assert.rejects(openMasterKey({ folder: own.folder, file: undefined, make: true }), /open to other users .*chmod 600/);
  }
});

test("another user's key is refused, to root too", { skip: asRoot }, async () => {
  using own = ownFolder();
  await openMasterKey({ folder: own.folder, file: undefined, make: true });
  chownSync(own.file, 65534, 65534);
  await assert.rejects(
    openMasterKey({ folder: own.folder, file: undefined, make: true }),
    /belongs to user 65534, and this is user 0: .*chown/,
  );
});
