import type { RequestedRange } from "#model/byte-range.ts";
import type { FilePath } from "./file-path.ts";
import type { TrashedFile, TrashedFileName } from "./trash-batch.ts";

/** What tells one state of a file from another; changes whenever its bytes may have. Compared as text, opaque to everyone else. */
export type Fingerprint = string & { readonly __brand: "Fingerprint" };

/** A file as it is now. */
export interface FileFacts {
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
  readonly fingerprint: Fingerprint;
}

/**
 * What a look at a path shows; `other` is a link, a pipe, a device. Absent is a value, not an error. `unsynced`: `settle` has failed for this
 * file, so its bytes may be in memory alone whatever a later sync says; only writing them anew makes them durable.
 */
export type Observation =
  | ({ readonly kind: "file"; readonly unsynced?: boolean } & FileFacts)
  | { readonly kind: "folder" | "other" | "absent" };

/** One file of a listing. */
export interface ListItem extends FileFacts {
  readonly kind: "file";
  readonly path: FilePath;
}

/** A part of a listing that could not be read. Whoever lists must not take what is below it for absent. */
export interface ListGap {
  readonly kind: "gap";
  readonly path: FilePath;
  readonly cause: unknown;
}

/** What tells one state of a folder from another. Two looks with the same text, at times far enough from those in it, saw the same names. */
export interface FolderMark {
  /** Which folder it is and when its names last changed. Compared as text, opaque to everyone else. */
  readonly text: string;
  /** The times in it, as whoever sets them counts UTC milliseconds; only roughly, so that two changes close together may share one. */
  readonly changedAtMs: readonly number[];
  /** What that clock showed before the look. */
  readonly seenAtMs: number;
}

/** What a look at the place of a folder shows, behind a link too. No mark where the file system cannot be relied on to keep one. */
export type FolderLook =
  | { readonly kind: "folder"; readonly mark: FolderMark | undefined }
  | { readonly kind: "absent" }
  | { readonly kind: "other" };

/** A file in a folder: what is cheap to learn of very many. */
export interface NamedFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** When anything of the file last changed, its names included; nobody can set this time. */
  readonly changedAtMs: number;
}

/** Some files of one folder. */
export interface FolderFiles {
  readonly kind: "files";
  readonly files: readonly NamedFile[];
}

export interface OpenOptions {
  /** Without one, the whole file. On a file of size 0 it is not looked at. */
  readonly range?: RequestedRange | undefined;
  /** Open only while the file still is this one. */
  readonly expect?: Fingerprint;
}

/** A file opened for reading. Disposing it ends the reading and frees its descriptor; it may be disposed before the end. */
export interface OpenFile extends AsyncDisposable {
  readonly facts: FileFacts;
  /** What `body` yields: bytes [start, end) of the file. */
  readonly start: number;
  readonly end: number;
  /** The bytes, once, in chunks that the reader owns until it asks for the next. Throws `damaged` when the file ends early or a read fails. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Bytes [start, end) of a file, whole and in memory. They are the reader's own. */
export interface ReadFile {
  readonly sizeBytes: number;
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

export interface BeginOptions {
  /** Folder that takes the temporary file: the `.hub-tmp` of the repository or account, so one sweep finds all leftovers. */
  readonly temps: FilePath;
  /** Bytes to come, when they are known. Refused with `storage_full` at once when there is no room for them. */
  readonly sizeBytes?: number | undefined;
  /** Lower-case hex; `commit` throws `hash_mismatch` when the bytes have another. */
  readonly sha256?: string | undefined;
  /** `absent`: never over something else. `replace`: over whatever is there, for the healing of a damaged object. */
  readonly publish: "absent" | "replace";
}

/**
 * An upload in progress: readers see nothing of it until `commit`, and nothing is left of one that is disposed without.
 * A call that throws leaves only disposing to do.
 */
export interface Upload extends AsyncDisposable {
  /** Takes the chunk; resolves when there is room for another, and the chunk may be used again. Throws `storage_full` when the disk is. */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Makes the bytes durable and visible: hash, fsync, publish, fsync of the folder and of every folder that is new.
   * Resolves to what came, or throws `hash_mismatch`, `already_exists` (`publish: "absent"` and the place is taken), `storage_full`.
   */
  commit(): Promise<{ readonly sizeBytes: number }>;
}

/** Which leftovers go: those last written before a time, in UTC milliseconds. A younger one may belong to an upload that goes on. */
export interface SweepCutoffs {
  /** For our own temporary files. */
  readonly oursBeforeMs: number;
  /** For those of rest-server and of restic's local backend, which may be at work on the same tree. */
  readonly foreignBeforeMs: number;
  /**
   * Takes only what a sweep of this driver has found as it is at least so long ago, by a clock that no one sets; not asked for unless given.
   * Uploads of other processes may be under way, and neither the present nor the time of a file is surely right. One of ours whose time is
   * still to come then goes too: the clock was set back since.
   */
  readonly unchangedForMs?: number | undefined;
}

/** Which files of a batch of the trash are erased. */
export interface EraseOptions {
  /** Asked for each file right before it goes. */
  readonly mayErase: (file: TrashedFile) => boolean | Promise<boolean>;
  /** Only what lies on the same disk as this path, for whom shortage is there alone; everywhere otherwise. */
  readonly near?: FilePath | undefined;
  /** Stops when this much has gone; the whole batch otherwise. */
  readonly enoughBytes?: number | undefined;
}

export interface StorageHealth {
  /** Whether a file could be written, synced and taken away again just now. */
  readonly writable: boolean;
  /** Why not, for people. */
  readonly problem: string | undefined;
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** What one removal has done. Where several of one path run at once, in any processes, the sum of all is what happened. */
export interface MovedToTrash {
  /** What it took out of its place; undefined when another removal was quicker. */
  readonly sizeBytes: number | undefined;
  /** What it brought into the trash: nothing where the same bytes were there already. */
  readonly trashedBytes: number;
}

/**
 * Bytes at paths of one entry. A driver knows nothing of protocols, owners or quotas. What it throws besides the codes named here
 * (`damaged` for bytes that cannot be read, `storage_full` for no room anywhere in a write) is a fault of the machine and says so.
 */
export interface Driver extends AsyncDisposable {
  /** Starts an upload to `path`. Missing folders on the way are made when it is committed. */
  begin(path: FilePath, options: BeginOptions, signal: AbortSignal): Promise<Upload>;
  /** The file, or a part of it. Throws `not_found`, `changed`, `range_unsatisfiable` (with `sizeBytes`), `damaged`. */
  open(path: FilePath, options: OpenOptions, signal: AbortSignal): Promise<OpenFile>;
  /**
   * The same, for what can be had without waiting for anything: a small part, from the page cache, or that there is nothing. Undefined for
   * everything else, whatever the reason; then `open` it. Never throws.
   */
  readNow?(path: FilePath, range: RequestedRange | undefined): ReadFile | "absent" | undefined;
  /** The size of the file, likewise; undefined: then `stat` it. */
  sizeNow?(path: FilePath): number | "absent" | undefined;
  /** What is there now, without following a link. */
  stat(path: FilePath, signal: AbortSignal): Promise<Observation>;
  /**
   * Every regular file below `folder`, in no promised order, the hub's own `.hub-*` left out, and a gap for each part that could
   * not be read. An absent folder has no files; one that is something else is a gap. A link to a folder of
   * packs (`data/ab`) counts as one; one that leads nowhere is a gap. Bounded memory whatever the number of files: at most one folder's names at a time.
   */
  list(folder: FilePath, signal: AbortSignal): AsyncIterable<ListItem | ListGap>;
  /**
   * The regular files whose names are `wanted`, in this folder itself or in the one a link of this name leads to, some hundreds at a time
   * and in no promised order, the hub's own `.hub-*` left out; a gap when it cannot be read or is something else, and then no more. An
   * absent folder has no files.
   */
  listFolder(folder: FilePath, wanted: (name: string) => boolean, signal: AbortSignal): AsyncIterable<FolderFiles | ListGap>;
  /** What is in the place of a folder, behind a link too; throws for a link that leads nowhere. Cheap: to be asked before each listing. */
  lookAtFolder(path: FilePath, signal: AbortSignal): Promise<FolderLook>;
  /** Makes the folder and those above it, durably. One that exists is fine. */
  makeFolder(path: FilePath, signal: AbortSignal): Promise<void>;
  /** Takes the file away for good, durably. False when there was none. Only the removal verbs may call it. */
  erase(path: FilePath, signal: AbortSignal): Promise<boolean>;
  /**
   * Takes the file out of its place and keeps it in the trash, in the batch of the UTC hour of `atMs`, durably: an acknowledged removal
   * stays, and at no moment are the bytes in neither place (but for a loss of power on a file system without hard links). Other bytes
   * of the same path that were removed in the same hour are kept beside these. Resolves to undefined when there was no file. Throws
   * `storage_full`; `overloaded` after 99 removals of one path in an hour. Only the removal verbs may call it.
   */
  moveToTrash(path: FilePath, options: { readonly atMs: number }, signal: AbortSignal): Promise<MovedToTrash | undefined>;
  /** The batches of the trash, oldest first: a few for each hour in which something was removed. */
  listTrashBatches(signal: AbortSignal): Promise<readonly string[]>;
  /** Every file of one batch, or those that lay at or below a path, in no promised order; a gap for each part that cannot be read. */
  listTrash(
    options: { readonly batch: string; readonly below?: FilePath | undefined },
    signal: AbortSignal,
  ): AsyncIterable<TrashedFile | ListGap>;
  /**
   * Brings a file of the trash back to its path, durably. `already there` when the same bytes are; then these stay in the trash.
   * Throws `already_exists` when something else is, and these stay; `not_found`, `storage_full`. Removals in other processes may go on at
   * the same path: one that comes between may leave the file in a batch of the same hour that only restores use.
   */
  restoreFromTrash(file: TrashedFileName, signal: AbortSignal): Promise<"restored" | "already there">;
  /** Erases files of a batch for good. Only the removal verbs may call it. */
  eraseFromTrash(
    batch: string,
    options: EraseOptions,
    signal: AbortSignal,
  ): Promise<{ readonly files: number; readonly sizeBytes: number }>;
  /**
   * Makes a file that is there already durable, whoever wrote it: fsync of its bytes, its folder and those above. Needed before
   * somebody is told that it is kept. False when it is not there. Once the sync of its bytes has failed, in this process or another, now or
   * before a restart, it throws for that path until the file has been replaced (`publish: "replace"`): the system tells of such a failure once, and forgets the bytes that it could not write.
   */
  settle(path: FilePath, signal: AbortSignal): Promise<boolean>;
  /**
   * Removes what broken uploads have left anywhere below `folder`; resolves to how many files went. What is remembered of files that could not
   * be made durable (see `settle`) is forgotten when they are gone, from the trash too.
   */
  sweep(folder: FilePath, cutoffs: SweepCutoffs, signal: AbortSignal): Promise<number>;
  /**
   * When names were last added to the folder or taken out of it, 0 for one that is not there. Undefined where that cannot be told: a
   * link, or a storage that keeps no such time.
   */
  folderChangedAtMs(path: FilePath, signal: AbortSignal): Promise<number | undefined>;
  /** Free space where the files of `folder` go, there or not yet; cheap enough to ask before each upload. */
  space(folder: FilePath, signal: AbortSignal): Promise<{ readonly freeBytes: number; readonly totalBytes: number }>;
  /** The top of the part of the tree in which `path` lies: one name for all that shares its disk, its trash and its shortage of room. */
  homeOf(path: FilePath): FilePath;
  /** Writes, syncs and removes a probe file. */
  check(signal: AbortSignal): Promise<StorageHealth>;
}
