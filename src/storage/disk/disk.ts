import type { RequestedRange } from "#model/byte-range.ts";
import type { FileFacts, FolderLook, NamedFile, ReadFile } from "../driver.ts";
import type { FilePath } from "../file-path.ts";

/** A value, or the promise of one: a call that the page cache answers need not cost a turn of the event loop. Always awaited. */
export type Soon<Value> = Value | Promise<Value>;

/** An open file, as the disk numbers it. */
export type OpenNumber = number;

/** What a look at something on the disk shows. */
export interface DiskFacts extends FileFacts {
  /** `other`: a link, a pipe, a device. */
  readonly kind: "file" | "folder" | "other";
  /** Permission bits. */
  readonly mode: number;
}

export interface FolderEntry {
  readonly name: string;
  readonly kind: DiskFacts["kind"];
}

export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/**
 * The system calls that storage on a disk is made of, below one root. Each throws the system's own error, with its `code`, and is
 * one step: it happens or does not. What has happened survives a loss of power only after the `sync` of the file or folder.
 */
export interface Disk {
  /** Opens a file for reading, without following a link or waiting for a pipe. A folder opens too: `statOpen` tells. */
  openToRead(path: FilePath): Soon<OpenNumber>;
  /** Makes a file that was not there, open for writing, with `mode` less the umask. Throws `EEXIST`. */
  createFile(path: FilePath, mode: number): Soon<OpenNumber>;
  /** Fills `bytes` from `position` on as far as one call goes; resolves to how many came, 0 at the end of the file. */
  read(file: OpenNumber, bytes: Uint8Array, position: number): Soon<number>;
  /** Resolves to how many of the bytes were taken. */
  write(file: OpenNumber, bytes: Uint8Array, position: number): Soon<number>;
  /** Whether a short write to this file would be made at once, without a turn of the loop. */
  writesAtOnce(file: OpenNumber): boolean;
  statOpen(file: OpenNumber): Soon<DiskFacts>;
  /** See `Driver.readNow`; where there is a file, it is read in one go. May throw whatever the single steps do. */
  readNow?(path: FilePath, range: RequestedRange | undefined): ReadFile | "absent" | undefined;
  /** See `Driver.sizeNow`. */
  sizeNow?(path: FilePath): number | "absent" | undefined;
  setMode(file: OpenNumber, mode: number): Soon<void>;
  syncFile(file: OpenNumber): Promise<void>;
  close(file: OpenNumber): Soon<void>;

  /** Whether a link, or a chain of them, ends at a folder. Throws when it ends nowhere. */
  leadsToFolder(path: FilePath): Soon<boolean>;
  /** Undefined when there is nothing. Does not follow a link. */
  stat(path: FilePath): Soon<DiskFacts | undefined>;
  /** Size and last change of a regular file, the cheapest look there is; undefined for anything else. Does not follow a link. */
  measure(path: FilePath): Soon<Omit<NamedFile, "name"> | undefined>;
  /** See `Driver.lookAtFolder`. */
  lookAtFolder(path: FilePath): Soon<FolderLook>;
  /** A second name for a file. Throws `EEXIST`. */
  link(from: FilePath, to: FilePath): Soon<void>;
  /** A new name for a file, over whatever has it. */
  rename(from: FilePath, to: FilePath): Soon<void>;
  /** As `rename`, but throws `EEXIST` when the name is taken: by whichever process of the hub, but for other programs. */
  renameToAbsent(from: FilePath, to: FilePath): Soon<void>;
  unlink(path: FilePath): Soon<void>;

  /** Throws `ENOENT` without a folder above it, `EEXIST` when the name is taken. */
  makeFolder(path: FilePath, mode: number): Soon<void>;
  /** Throws `ENOTEMPTY` while something is in it. */
  removeFolder(path: FilePath): Soon<void>;
  syncFolder(path: FilePath): Promise<void>;
  /** The names in a folder, some hundreds at a time. */
  readFolder(path: FilePath): AsyncGenerator<readonly FolderEntry[], void, undefined>;
  /** Room on the file system that holds the folder. */
  space(path: FilePath): Soon<DiskSpace>;

  /**
   * The top of the part of the tree in which `path` lies: `""`, or the path of a part that is kept in a folder elsewhere. What belongs to
   * a path and is not in its own folder, such as trash, goes below this one: a rename between two parts is refused with `EXDEV`.
   */
  homeOf(path: FilePath): FilePath;
  /** Every such top, `""` first. */
  homes(): readonly FilePath[];
}
