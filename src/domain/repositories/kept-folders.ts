import type { FilePath } from "#storage/file-path.ts";
import { bytesOfSlice, type ObjectSlice } from "./object-slice.ts";
import type { SeenFolder } from "./seen-folder.ts";

/** What a folder of packs holds, as it was read. */
export interface KeptFolder extends SeenFolder {
  readonly slice: ObjectSlice;
}

interface KeptRepository {
  readonly folders: Map<FilePath, KeptFolder>;
  bytes: number;
}

// What a folder takes beside its packs: three objects, two buffers, its path and mark.
const FOLDER_BYTES = 768;

/** What was read of the folders of repositories, up to so many bytes; the repository that was longest not asked for goes first, whole. */
export class KeptFolders {
  readonly #mostBytes: number;
  readonly #repositories = new Map<FilePath, KeptRepository>(); // the first is the oldest
  #bytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** What all of it takes in memory, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Undefined for a folder of which nothing is kept. */
  find(repository: FilePath, folder: FilePath): KeptFolder | undefined {
    const kept = this.#repositories.get(repository);
    if (kept === undefined) return undefined;
    this.#repositories.delete(repository);
    this.#repositories.set(repository, kept);
    return kept.folders.get(folder);
  }

  /** Keeps it in the place of what was kept of this folder, if there is room when other repositories have gone. */
  keep(repository: FilePath, folder: FilePath, found: KeptFolder): void {
    this.forget(repository, folder);
    const bytes = bytesOfKept(found);
    if ((this.#repositories.get(repository)?.bytes ?? 0) + bytes > this.#mostBytes) return; // not with all others gone
    for (const [oldest, { bytes: freed }] of this.#repositories) {
      if (this.#bytes + bytes <= this.#mostBytes) break;
      if (oldest === repository) continue; // what is kept of one too large stays, or each listing would undo what the last one did
      this.#repositories.delete(oldest);
      this.#bytes -= freed;
    }
    const kept = this.#repositories.get(repository) ?? { folders: new Map<FilePath, KeptFolder>(), bytes: 0 };
    kept.folders.set(folder, found);
    kept.bytes += bytes;
    this.#bytes += bytes;
    this.#repositories.set(repository, kept);
  }

  forget(repository: FilePath, folder: FilePath): void {
    const kept = this.#repositories.get(repository);
    const gone = kept?.folders.get(folder);
    if (kept === undefined || gone === undefined) return;
    kept.folders.delete(folder);
    kept.bytes -= bytesOfKept(gone);
    this.#bytes -= bytesOfKept(gone);
    if (kept.folders.size === 0) this.#repositories.delete(repository);
  }
}

function bytesOfKept({ slice }: KeptFolder): number {
  return FOLDER_BYTES + bytesOfSlice(slice);
}
