import type * as fs from "node:fs";
import type { DiskFacts, DiskSpace } from "../disk/disk.ts";
import type { Fingerprint } from "../driver.ts";

/** What a look at a file or folder shows. */
export function diskFacts(stats: fs.BigIntStats): DiskFacts {
  return {
    kind: kindOf(stats),
    mode: Number(stats.mode) & 0o7777,
    sizeBytes: Number(stats.size),
    modifiedAtMs: Number(stats.mtimeMs),
    fingerprint: `${stats.mtimeNs}-${stats.ctimeNs}-${stats.size}-${stats.ino}` as Fingerprint, // made here and nowhere else
  };
}

/** `other`: a link, a pipe, a device. */
export function kindOf(found: { isFile(): boolean; isDirectory(): boolean }): DiskFacts["kind"] {
  if (found.isFile()) return "file";
  return found.isDirectory() ? "folder" : "other";
}

/** Room on a file system. */
export function diskSpace({ bsize, bavail, blocks }: fs.StatsFs): DiskSpace {
  return { freeBytes: bsize * bavail, totalBytes: bsize * blocks };
}
