import assert from "node:assert/strict";
import { test } from "node:test";
import { HubError } from "#model/hub-error.ts";
import { type FilePath, filePath } from "../file-path.ts";
import { MemoryDisk } from "../memory/memory-disk.ts";
import { JoinedDisk } from "./joined-disk.ts";

const path = (text: string): FilePath => (text === "" ? filePath() : filePath(...text.split("/")));

/** A tree whose `restic/old` and `srv` lie on disks of their own; `away` says which of these is gone. */
function joined() {
  const options = { capacityBytes: 1000, clock: () => 1 };
  const own = new MemoryDisk(options);
  const disk = new JoinedDisk(own);
  const away = new Set<string>();
  const parts = ["restic/old", "srv"].map((prefix) => ({
    prefix: path(prefix),
    disk: new MemoryDisk(options),
    requireThere: () => {
      if (away.has(prefix)) throw new HubError("unavailable", "away");
    },
  }));
  disk.setParts(parts);
  return { own, disk, away };
}

async function namesIn(disk: JoinedDisk, folder: string): Promise<string[]> {
  return (await Array.fromAsync(disk.readFolder(path(folder))))
    .flat()
    .map(({ name }) => name)
    .sort();
}

test("each path has the part it lies in for its home, and names that only begin alike do not", () => {
  const { disk } = joined();
  for (const [place, home] of [
    ["", ""],
    ["restic", ""],
    ["restic/older", ""],
    ["srvx/file", ""],
    ["restic/old", "restic/old"],
    ["restic/old/alice/config", "restic/old"],
    ["srv/.hub-trash", "srv"],
  ] as const) {
    assert.equal(disk.homeOf(path(place)), home, place);
  }
});

test("a name given or taken between two parts is EXDEV, inside one it works", async () => {
  const { disk } = joined();
  for (const step of ["link", "rename", "renameToAbsent"] as const) {
    for (const [from, to] of [
      ["file", "srv/file"],
      ["srv/file", "restic/old/file"],
      ["srv/file", "file"],
    ] as const) {
      assert.throws(() => disk[step](path(from), path(to)), { code: "EXDEV" });
    }
  }
  await disk.close(await disk.createFile(path("srv/a"), 0o600));
  await disk.rename(path("srv/a"), path("srv/b"));
  assert.deepEqual(await namesIn(disk, "srv"), ["b"]);
});

test("a listing from above shows each part once, whether or not something of its name lies in the tree itself", async () => {
  const { own, disk } = joined();
  assert.deepEqual(await namesIn(disk, ""), ["restic", "srv"]);
  assert.deepEqual(await namesIn(disk, "restic"), ["old"]);
  await own.makeFolder(path("srv"), 0o700);
  await own.makeFolder(path("restic"), 0o700);
  await own.makeFolder(path("restic/laptop"), 0o700);
  assert.deepEqual(await namesIn(disk, ""), ["restic", "srv"]);
  assert.deepEqual(await namesIn(disk, "restic"), ["laptop", "old"]);
});

test("a part is never made, and one that goes away during a listing does not end it like a whole one", async () => {
  const { disk, away } = joined();
  await assert.rejects(async () => await disk.makeFolder(path("srv"), 0o700), { code: "EEXIST" });
  for (const name of ["a", "b"]) await disk.makeFolder(path(`srv/${name}`), 0o700);
  await assert.rejects(
    async () => {
      for await (const _ of disk.readFolder(path("srv"))) away.add("srv");
    },
    { code: "unavailable" },
  );
  await assert.rejects(async () => await disk.makeFolder(path("srv/c"), 0o700), { code: "unavailable" });
  await assert.rejects(async () => await disk.stat(path("srv/c")), { code: "unavailable" });
  await disk.makeFolder(path("restic"), 0o700);
});
