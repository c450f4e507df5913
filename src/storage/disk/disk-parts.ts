import { RecentMap } from "#lib/recent-map.ts";
import type { Limits } from "#limits.ts";
import type { FilePath } from "../file-path.ts";
import type { Disk } from "./disk.ts";
import { DurableFolders } from "./durable-folders.ts";
import { FolderSync } from "./folder-sync.ts";
import { PiecePool } from "./piece-pool.ts";
import { Publications } from "./publications.ts";
import { ReadBuffers } from "./read-buffers.ts";
import { newRestoreTag } from "./temp-name.ts";
import { UnsyncedFiles } from "./unsynced-files.ts";

export interface DiskOptions {
  readonly limits: Pick<Limits, "writeChunkBytes" | "readChunkBytes">;
  /** Permission bits of published files, less the umask; 0600 by default. A file that is still arriving can be written by its owner. */
  readonly fileMode?: number;
  /** Permission bits of new folders, less the umask; 0700 by default. */
  readonly folderMode?: number;
  /** Takes a sentence for whoever runs the hub. */
  readonly warn: (message: string) => void;
}

/** What the verbs of storage on one disk share. */
export interface DiskParts {
  readonly disk: Disk;
  readonly limits: DiskOptions["limits"];
  readonly fileMode: number;
  readonly warn: (message: string) => void;
  readonly sync: FolderSync;
  readonly folders: DurableFolders;
  readonly publications: Publications;
  readonly pieces: PiecePool;
  readonly buffers: ReadBuffers;
  /** The temporary files of uploads that are under way. */
  readonly openTemps: Set<FilePath>;
  /** Folders that have turned out to lie on another file system than their uploads' temps. */
  readonly apart: RecentMap<FilePath, true>;
  /** See `Driver.settle`. */
  readonly unsynced: UnsyncedFiles;
  /** Temporary files that a sweep has found and left: what each was like, and since when, by `performance.now`. */
  readonly seenTemps: RecentMap<FilePath, { readonly fingerprint: string; readonly sinceMs: number }>;
  /** Folders of the trash that a sweep has looked into. */
  readonly sweptBatches: Set<string>;
  /** Names the folders of the trash into which only this process takes files when it restores them. */
  readonly restoreTag: string;
}

const APART_REMEMBERED = 4096;
const SEEN_REMEMBERED = 65_536;

/** Makes them. */
export function diskParts(disk: Disk, { limits, fileMode = 0o600, folderMode = 0o700, warn }: DiskOptions): DiskParts {
  const sync = new FolderSync(disk, warn);
  return {
    disk,
    limits,
    fileMode,
    warn,
    sync,
    folders: new DurableFolders(disk, sync, folderMode),
    publications: new Publications(),
    pieces: new PiecePool(limits.writeChunkBytes),
    buffers: new ReadBuffers(limits.readChunkBytes),
    openTemps: new Set(),
    apart: new RecentMap(APART_REMEMBERED),
    unsynced: new UnsyncedFiles(disk, warn),
    seenTemps: new RecentMap(SEEN_REMEMBERED),
    sweptBatches: new Set(),
    restoreTag: newRestoreTag(),
  };
}
