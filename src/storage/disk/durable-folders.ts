import { RecentMap } from "#lib/recent-map.ts";
import { type FilePath, parentOf } from "../file-path.ts";
import { systemCode } from "../system-error.ts";
import type { Disk } from "./disk.ts";
import type { FolderSync } from "./folder-sync.ts";

const REMEMBERED = 16_384;

/**
 * Folders that outlive a loss of power. A folder counts as durable once this process has synced the one above it, whoever made it:
 * another upload, or another process, may have made it and not come to its own sync yet.
 */
export class DurableFolders {
  readonly #disk: Disk;
  readonly #sync: FolderSync;
  readonly #mode: number;
  readonly #durable = new RecentMap<FilePath, true>(REMEMBERED);

  /** `mode`: permission bits of new folders, less the umask. */
  constructor(disk: Disk, sync: FolderSync, mode: number) {
    this.#disk = disk;
    this.#sync = sync;
    this.#mode = mode;
  }

  /** Makes the folder and those above it, without waiting until they are durable. */
  async make(folder: FilePath): Promise<void> {
    if (folder === "" || this.#durable.get(folder) === true) return;
    try {
      await this.#disk.makeFolder(folder, this.#mode);
    } catch (error) {
      if (systemCode(error) === "EEXIST") return await this.#requireFolder(folder, error);
      if (systemCode(error) !== "ENOENT" || folder.indexOf("/") < 0) throw error;
      this.#durable.delete(parentOf(folder)); // it was, and somebody has taken it away
      await this.make(parentOf(folder));
      await this.#makeBelowNew(folder);
    }
  }

  /** Resolves when the folder and those above it are durable. They exist. */
  async settle(folder: FilePath): Promise<void> {
    const unsettled: FilePath[] = [];
    for (let each = folder; each !== "" && this.#durable.get(each) !== true; each = parentOf(each)) unsettled.push(each);
    if (unsettled.length === 0) return;
    await Promise.all(unsettled.map((each) => this.#sync.syncFolder(parentOf(each))));
    for (const each of unsettled) this.#durable.set(each, true);
  }

  /** To be called when a folder turns out to be gone: the next `make` looks again. */
  forget(folder: FilePath): void {
    this.#durable.delete(folder);
  }

  /** The same for every folder. */
  forgetAll(): void {
    this.#durable.clear();
  }

  async #makeBelowNew(folder: FilePath): Promise<void> {
    try {
      await this.#disk.makeFolder(folder, this.#mode);
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error; // another upload was quicker
    }
  }

  /** A link to a folder is fine: that is how people move a part of the tree to another disk. */
  async #requireFolder(folder: FilePath, error: unknown): Promise<void> {
    if ((await this.#disk.stat(folder))?.kind === "file") throw error;
  }
}
