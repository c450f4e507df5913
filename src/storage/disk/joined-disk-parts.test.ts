import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { HubError } from "#model/hub-error.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { type FilePath, filePath } from "../file-path.ts";
import { NodeDisk } from "../local-storage/node-disk.ts";
import type { Disk, OpenNumber } from "./disk.ts";
import { JoinedDisk } from "./joined-disk.ts";

const STALE = filePath("part", "config");
const OTHER = filePath("part", "other");
const FOLDER = filePath("part", "keys");

interface Step {
  /**
   * `refused`: throws `unavailable` while the disk of the part is away. `later`: says at once that it cannot be told at once. `open`: of a
   * file that was open before, and stays so. `without`: asks no disk.
   */
  readonly away: "refused" | "later" | "open" | "without";
  readonly take: (disk: Disk, file: OpenNumber) => unknown;
}

// The compiler asks for each step of a disk: whoever adds one has to say here what it does in a part whose disk is away.
const STEPS: { readonly [Name in keyof Disk]-?: Step } = {
  openToRead: { away: "refused", take: async (disk) => await disk.close(await disk.openToRead(STALE)) },
  createFile: { away: "refused", take: async (disk) => await disk.close(await disk.createFile(OTHER, 0o600)) },
  read: { away: "open", take: (disk, file) => disk.read(file, Buffer.alloc(5), 0) },
  write: { away: "open", take: (disk, file) => disk.write(file, Buffer.from("x"), 0) },
  writesAtOnce: { away: "open", take: (disk, file) => disk.writesAtOnce(file) },
  statOpen: { away: "open", take: (disk, file) => disk.statOpen(file) },
  readNow: { away: "later", take: (disk) => disk.readNow?.(STALE, undefined) },
  sizeNow: { away: "later", take: (disk) => disk.sizeNow?.(STALE) },
  setMode: { away: "open", take: (disk, file) => disk.setMode(file, 0o600) },
  syncFile: { away: "open", take: (disk, file) => disk.syncFile(file) },
  close: { away: "open", take: (disk, file) => disk.close(file) },
  leadsToFolder: { away: "refused", take: (disk) => disk.leadsToFolder(FOLDER) },
  stat: { away: "refused", take: (disk) => disk.stat(STALE) },
  measure: { away: "refused", take: (disk) => disk.measure(STALE) },
  lookAtFolder: { away: "refused", take: (disk) => disk.lookAtFolder(FOLDER) },
  link: { away: "refused", take: (disk) => disk.link(STALE, OTHER) },
  rename: { away: "refused", take: (disk) => disk.rename(STALE, OTHER) },
  renameToAbsent: { away: "refused", take: (disk) => disk.renameToAbsent(STALE, OTHER) },
  unlink: { away: "refused", take: (disk) => disk.unlink(STALE) },
  makeFolder: { away: "refused", take: (disk) => disk.makeFolder(OTHER, 0o700) },
  removeFolder: { away: "refused", take: (disk) => disk.removeFolder(FOLDER) },
  syncFolder: { away: "refused", take: (disk) => disk.syncFolder(FOLDER) },
  readFolder: { away: "refused", take: (disk) => Array.fromAsync(disk.readFolder(filePath("part"))) },
  space: { away: "refused", take: (disk) => disk.space(FOLDER) },
  homeOf: { away: "without", take: (disk) => disk.homeOf(STALE) },
  homes: { away: "without", take: (disk) => disk.homes() },
};

for (const [name, { away, take }] of Object.entries(STEPS)) {
  test(`while the disk of a part is away, nothing in its place is taken for the part's: ${name}`, async () => {
    await using it = await open();
    const file = name === "write" ? await it.disk.createFile(filePath("part", "open"), 0o600) : await it.disk.openToRead(STALE);
    await using _ = { [Symbol.asyncDispose]: async () => (name === "close" ? undefined : await it.disk.close(file)) };
    it.goAway();
    const step = async () => await take(it.disk, file);
    if (away === "refused") await assert.rejects(step, { code: "unavailable" });
    else if (away === "later") assert.equal(await step(), undefined);
    else await step();
    assert.deepEqual([STALE, FOLDER, OTHER].map(it.exists), [true, true, false]);
  });

  test(`while the disk of a part is there, each step is taken in it: ${name}`, async () => {
    await using it = await open();
    const file = name === "write" ? await it.disk.createFile(filePath("part", "open"), 0o600) : await it.disk.openToRead(STALE);
    await using _ = { [Symbol.asyncDispose]: async () => (name === "close" ? undefined : await it.disk.close(file)) };
    const seen = await take(it.disk, file);
    if (away === "later") assert.notEqual(seen, undefined);
  });
}

/** A tree whose `part` lies in a folder of its own, with a file and a folder in it that stay there when its disk goes away. */
async function open() {
  const folder = await tempFolder();
  const [own, part] = [join(folder.path, "own"), join(folder.path, "part")];
  mkdirSync(own);
  mkdirSync(join(part, "keys"), { recursive: true });
  writeFileSync(join(part, "config"), "stale");
  let isAway = false;
  const disk = new JoinedDisk(new NodeDisk(own, { quick: true }));
  const requireThere = () => (isAway ? Promise.reject(new HubError("unavailable", "away")) : undefined);
  disk.setParts([{ prefix: filePath("part"), disk: new NodeDisk(part, { quick: true }), requireThere }]);
  return {
    disk,
    goAway: () => {
      isAway = true;
    },
    exists: (path: FilePath) => existsSync(join(folder.path, path)),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
