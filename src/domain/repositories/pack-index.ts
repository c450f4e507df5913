import { FreshRuns } from "#lib/fresh-runs.ts";
import { turns } from "#lib/turns.ts";
import { untilAborted } from "#lib/until-aborted.ts";
import type { Limits } from "#limits.ts";
import type { Clock } from "#model/clock.ts";
import type { Driver, FolderMark } from "#storage/driver.ts";
import { below, type FilePath, parentOf } from "#storage/file-path.ts";
import { KeptFolders } from "./kept-folders.ts";
import { bytesOfSlice, joinSlices, type ObjectSlice } from "./object-slice.ts";
import { lookAtObjects, type ObjectFolder, readSlices } from "./read-slices.ts";
import { isStillSo, mayBeWritten } from "./seen-folder.ts";

export interface PackIndexOptions {
  readonly storage: Driver;
  readonly limits: Pick<Limits, "listingIndexBytes" | "listingIndexAgeMs">;
  /** Milliseconds that never jump. */
  readonly monotonic: Clock;
}

const PACK_FOLDERS = Array.from({ length: 256 }, (_, index) => index.toString(16).padStart(2, "0"));

// A folder of more than this is read each time, in pieces: it would have 100,000 packs, its repository 27 million.
const LARGEST_FOLDER_BYTES = 4 * 1024 * 1024;

// What several wait for belongs to nobody who could give it up; it is the reading of one folder.
const NEVER = new AbortController().signal;

/**
 * Names and sizes of the packs that were listed last, so that a listing costs one look at each of 256 folders and not one at each pack.
 * What is kept of a folder counts only while the folder itself shows that nothing has changed in it: whatever happens to the tree, by
 * whomever, is in the next listing, no process need tell another, and a restart loses nothing (docs/decisions/020).
 */
export class PackIndex {
  readonly #options: PackIndexOptions;
  readonly #kept: KeptFolders;
  readonly #reads = new FreshRuns<ObjectSlice | undefined>();

  constructor(options: PackIndexOptions) {
    this.#options = options;
    this.#kept = new KeptFolders(options.limits.listingIndexBytes);
  }

  /** What all that is kept takes in memory, about. */
  get keptBytes(): number {
    return this.#kept.bytes;
  }

  /**
   * Every pack below `data`, folder by folder, each as it is when its turn comes: so a reader who takes long holds one folder. Throws
   * `damaged` when a folder cannot be read.
   */
  async *list(data: FilePath, signal: AbortSignal): AsyncGenerator<ObjectSlice, void, undefined> {
    for (const digits of PACK_FOLDERS) {
      signal.throwIfAborted();
      if (turns.isOver()) await turns.next();
      const folder: ObjectFolder = { type: "data", path: below(data, digits), holds: (id) => id.startsWith(digits) };
      const look = await lookAtObjects(this.#options.storage, folder, signal);
      if (look.kind !== "folder") {
        this.#kept.forget(data, folder.path);
        continue;
      }
      const found = look.mark && (this.#recall(folder, look.mark) ?? (await untilAborted(this.#readShared(folder), signal)));
      if (found === undefined) yield* readSlices(this.#options.storage, folder, signal);
      else if (found.count > 0) yield found;
    }
  }

  /** What is kept of the folder, if it is still so. */
  #recall({ path }: ObjectFolder, mark: FolderMark): ObjectSlice | undefined {
    const { limits, monotonic } = this.#options;
    const kept = this.#kept.find(parentOf(path), path);
    return kept !== undefined && isStillSo(kept, { mark, atMs: monotonic() }, limits.listingIndexAgeMs) ? kept.slice : undefined;
  }

  #readShared(folder: ObjectFolder): Promise<ObjectSlice | undefined> {
    return this.#reads.run(folder.path, () => this.#read(folder));
  }

  /** Undefined for a folder that has to be listed in pieces. */
  async #read(folder: ObjectFolder): Promise<ObjectSlice | undefined> {
    const { storage, monotonic } = this.#options;
    const look = await lookAtObjects(storage, folder, NEVER);
    const mark = look.kind === "folder" ? look.mark : undefined;
    const known = mark && this.#recall(folder, mark); // another may have read it since
    if (mark === undefined || known !== undefined) return known;

    const atMs = monotonic();
    const slices: ObjectSlice[] = [];
    let bytes = 0;
    let isBeingWritten = false;
    const pieces = readSlices(storage, folder, NEVER, (file) => {
      isBeingWritten ||= mayBeWritten(file, mark);
    });
    for await (const slice of pieces) {
      slices.push(slice);
      bytes += bytesOfSlice(slice);
      if (bytes > LARGEST_FOLDER_BYTES) return undefined;
    }
    const slice = joinSlices(slices);
    this.#kept.keep(parentOf(folder.path), folder.path, { slice, mark, atMs, isBeingWritten });
    return slice;
  }
}
