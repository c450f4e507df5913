import type { RequestedRange } from "#model/byte-range.ts";
import { HubError } from "#model/hub-error.ts";
import type {
  BeginOptions,
  Driver,
  EraseOptions,
  FolderFiles,
  FolderLook,
  ListGap,
  ListItem,
  MovedToTrash,
  Observation,
  OpenFile,
  OpenOptions,
  ReadFile,
  StorageHealth,
  SweepCutoffs,
  Upload,
} from "../driver.ts";
import { type FilePath, parentOf } from "../file-path.ts";
import { readFault, saysAbsent, systemCode, writeFault } from "../system-error.ts";
import type { TrashedFile, TrashedFileName } from "../trash-batch.ts";
import { checkDisk } from "./check-disk.ts";
import type { Disk, DiskSpace, OpenNumber } from "./disk.ts";
import { type DiskOptions, type DiskParts, diskParts } from "./disk-parts.ts";
import { DiskUpload } from "./disk-upload.ts";
import { eraseFromTrash } from "./erase-from-trash.ts";
import { factsOf } from "./facts-of.ts";
import { listFiles } from "./list-files.ts";
import { listFolder } from "./list-folder.ts";
import { listTrash, listTrashBatches } from "./list-trash.ts";
import { moveToTrash } from "./move-to-trash.ts";
import { openStoredFile } from "./open-stored-file.ts";
import { restoreFromTrash } from "./restore-from-trash.ts";
import { settleFile } from "./settle-file.ts";
import { sweepLeftovers } from "./sweep-leftovers.ts";
import { createTemp, removeTemp } from "./temp-file.ts";
import { tempBeside, tempIn } from "./temp-name.ts";

/** Storage on one disk, real or modelled: the same steps in the same order. */
export class DiskDriver implements Driver {
  readonly #parts: DiskParts;

  constructor(disk: Disk, options: DiskOptions) {
    this.#parts = diskParts(disk, options);
  }

  async begin(path: FilePath, options: BeginOptions, signal: AbortSignal): Promise<Upload> {
    signal.throwIfAborted();
    const folder = parentOf(path);
    try {
      if (options.sizeBytes !== undefined) await this.#requireRoom(folder, options.sizeBytes);
      const opened = await this.#openTemp(folder, options.temps);
      if (signal.aborted) await removeTemp(this.#parts, opened);
      signal.throwIfAborted();
      this.#parts.openTemps.add(opened.temp);
      return new DiskUpload(this.#parts, opened, path, options, signal);
    } catch (error) {
      throw writeFault(error);
    }
  }

  async open(path: FilePath, options: OpenOptions, signal: AbortSignal): Promise<OpenFile> {
    await this.#parts.publications.settled(path);
    return await openStoredFile(this.#parts, path, options, signal);
  }

  readNow(path: FilePath, range: RequestedRange | undefined): ReadFile | "absent" | undefined {
    return this.#atOnce(path, () => this.#parts.disk.readNow?.(path, range));
  }

  sizeNow(path: FilePath): number | "absent" | undefined {
    return this.#atOnce(path, () => this.#parts.disk.sizeNow?.(path));
  }

  async stat(path: FilePath, signal: AbortSignal): Promise<Observation> {
    signal.throwIfAborted();
    await this.#parts.publications.settled(path);
    try {
      const there = await this.#parts.disk.stat(path);
      if (there?.kind === "file") {
        return { kind: "file", ...factsOf(there), ...((await this.#parts.unsynced.has(path)) && { unsynced: true }) };
      }
      return { kind: there?.kind ?? "absent" };
    } catch (error) {
      throw readFault(error);
    }
  }

  list(folder: FilePath, signal: AbortSignal): AsyncIterable<ListItem | ListGap> {
    return listFiles(this.#parts.disk, folder, signal);
  }

  listFolder(folder: FilePath, wanted: (name: string) => boolean, signal: AbortSignal): AsyncIterable<FolderFiles | ListGap> {
    return listFolder(this.#parts.disk, folder, wanted, signal);
  }

  async lookAtFolder(path: FilePath, signal: AbortSignal): Promise<FolderLook> {
    signal.throwIfAborted();
    try {
      return await this.#parts.disk.lookAtFolder(path);
    } catch (error) {
      throw readFault(error);
    }
  }

  async makeFolder(path: FilePath, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    try {
      await this.#parts.folders.make(path);
      await this.#parts.folders.settle(path);
    } catch (error) {
      throw writeFault(error);
    }
  }

  async erase(path: FilePath, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    try {
      return await this.#parts.publications.run(path, () => this.#erase(path));
    } catch (error) {
      throw writeFault(error);
    }
  }

  async moveToTrash(path: FilePath, options: { readonly atMs: number }, signal: AbortSignal): Promise<MovedToTrash | undefined> {
    signal.throwIfAborted();
    try {
      return await this.#parts.publications.run(path, () => moveToTrash(this.#parts, path, options));
    } catch (error) {
      throw writeFault(error);
    }
  }

  async listTrashBatches(signal: AbortSignal): Promise<readonly string[]> {
    signal.throwIfAborted();
    try {
      return await listTrashBatches(this.#parts);
    } catch (error) {
      throw readFault(error);
    }
  }

  listTrash(
    options: { readonly batch: string; readonly below?: FilePath | undefined },
    signal: AbortSignal,
  ): AsyncIterable<TrashedFile | ListGap> {
    return listTrash(this.#parts, options, signal);
  }

  async restoreFromTrash(file: TrashedFileName, signal: AbortSignal): Promise<"restored" | "already there"> {
    signal.throwIfAborted();
    try {
      return await this.#parts.publications.run(file.path, () => restoreFromTrash(this.#parts, file));
    } catch (error) {
      throw writeFault(error);
    }
  }

  async eraseFromTrash(
    batch: string,
    options: EraseOptions,
    signal: AbortSignal,
  ): Promise<{ readonly files: number; readonly sizeBytes: number }> {
    signal.throwIfAborted();
    try {
      return await eraseFromTrash(this.#parts, batch, options, signal);
    } catch (error) {
      throw writeFault(error);
    }
  }

  async settle(path: FilePath, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    await this.#parts.publications.settled(path);
    try {
      await settleFile(this.#parts, path);
      return true;
    } catch (error) {
      if (saysAbsent(error)) return false;
      throw writeFault(error);
    }
  }

  async sweep(folder: FilePath, cutoffs: SweepCutoffs, signal: AbortSignal): Promise<number> {
    return await sweepLeftovers(this.#parts, folder, cutoffs, signal);
  }

  async folderChangedAtMs(path: FilePath, signal: AbortSignal): Promise<number | undefined> {
    signal.throwIfAborted();
    try {
      const there = await this.#parts.disk.stat(path);
      if (there === undefined) return 0;
      return there.kind === "folder" ? there.modifiedAtMs : undefined;
    } catch (error) {
      throw readFault(error);
    }
  }

  async space(folder: FilePath, signal: AbortSignal): Promise<DiskSpace> {
    signal.throwIfAborted();
    try {
      return await this.#spaceOf(folder);
    } catch (error) {
      throw readFault(error);
    }
  }

  homeOf(path: FilePath): FilePath {
    return this.#parts.disk.homeOf(path);
  }

  async check(signal: AbortSignal): Promise<StorageHealth> {
    return await checkDisk(this.#parts, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  /** To be called when parts of the tree have moved: what was remembered of their folders holds no longer. */
  protected forgetFolders(): void {
    this.#parts.folders.forgetAll();
    this.#parts.apart.clear();
  }

  async #erase(path: FilePath): Promise<boolean> {
    const { disk, sync } = this.#parts;
    if ((await disk.stat(path))?.kind !== "file") return false;
    try {
      await disk.unlink(path);
    } catch (error) {
      if (saysAbsent(error)) return false;
      throw error;
    }
    await sync.syncFolder(parentOf(path));
    return true;
  }

  /** What goes wrong goes wrong again where it is waited for, and is told there. */
  #atOnce<Result>(path: FilePath, look: () => Result | undefined): Result | undefined {
    if (this.#parts.publications.has(path)) return undefined;
    try {
      return look();
    } catch {
      return undefined;
    }
  }

  async #openTemp(folder: FilePath, temps: FilePath): Promise<{ readonly temp: FilePath; readonly file: OpenNumber }> {
    const isApart = this.#parts.apart.get(folder) === true;
    const temp = isApart ? tempBeside(folder) : tempIn(temps);
    return { temp, file: await createTemp(this.#parts, temp, isApart ? folder : temps) };
  }

  async #requireRoom(folder: FilePath, sizeBytes: number): Promise<void> {
    const { freeBytes } = await this.#spaceOf(folder);
    if (freeBytes < sizeBytes) throw new HubError("storage_full", "The backup server's disk has no room for this");
  }

  /** That of the nearest folder above that is there: a part of the tree may lie on a disk of its own. */
  async #spaceOf(folder: FilePath): Promise<DiskSpace> {
    try {
      return await this.#parts.disk.space(folder);
    } catch (error) {
      if (folder === "" || systemCode(error) !== "ENOENT") throw error;
      return await this.#spaceOf(parentOf(folder));
    }
  }
}
