import type { ListGap } from "../driver.ts";
import { below, type FilePath } from "../file-path.ts";
import { saysAbsent } from "../system-error.ts";
import type { Disk, FolderEntry } from "./disk.ts";

/** Some names of regular files in a folder. */
export interface FolderNames {
  readonly kind: "names";
  readonly folder: FilePath;
  readonly files: readonly string[];
}

interface OpenFolder {
  readonly folder: FilePath;
  readonly batches: AsyncGenerator<readonly FolderEntry[], void, undefined>;
  /** Folders of the last batch that are still to be entered. */
  waiting: string[];
}

export interface WalkOptions {
  /** Whether a folder of this name is entered. */
  readonly enters: (name: string) => boolean;
  /**
   * Follow the one link to a folder that people make in a restic repository: a folder of packs, `data/ab`, that is kept on another
   * disk. Only in `folder` itself, and no further below it, because links can lead anywhere.
   */
  readonly followsLinks: boolean;
}

const PACK_FOLDER = /^[0-9a-f]{2}$/;

/**
 * The files of `folder` and of every folder below it that is entered, some hundreds at a time, and a gap for each folder that cannot
 * be read, and for `folder` itself when something else is in its place.
 * What vanishes meanwhile was not there; names that no path can hold are left out.
 */
export async function* walkFolders(
  disk: Disk,
  folder: FilePath,
  { enters, followsLinks }: WalkOptions,
  signal: AbortSignal,
): AsyncGenerator<FolderNames | ListGap, void, undefined> {
  const open = (path: FilePath): OpenFolder => ({ folder: path, batches: disk.readFolder(path), waiting: [] });
  const way = [open(folder)];
  const linked = new Set<FilePath>();
  try {
    for (let here = way.at(-1); here !== undefined; here = way.at(-1)) {
      signal.throwIfAborted();
      const next = here.waiting.pop();
      if (next !== undefined) {
        way.push(open(below(here.folder, next)));
        continue;
      }
      const batch = await nextBatch(disk, here, way.length === 1);
      if (batch === undefined) {
        way.pop();
      } else if ("cause" in batch) {
        way.pop();
        yield batch;
      } else {
        const names = batch.filter(({ name }) => !name.includes("\\"));
        const folders = linked.has(here.folder) ? [] : names.filter(({ kind, name }) => kind === "folder" && enters(name));
        here.waiting = folders.map(({ name }) => name);
        if (followsLinks && way.length === 1) {
          for (const { name } of names.filter((entry) => entry.kind === "other" && PACK_FOLDER.test(entry.name))) {
            const path = below(folder, name);
            const gap = await followLink(disk, path, () => {
              here.waiting.push(name);
              linked.add(path);
            });
            if (gap !== undefined) yield gap;
          }
        }
        const files = names.filter(({ kind }) => kind === "file").map(({ name }) => name);
        if (files.length > 0) yield { kind: "names", folder: here.folder, files };
      }
    }
  } finally {
    for (const { batches } of way) await batches.return();
  }
}

async function nextBatch(
  disk: Disk,
  { folder, batches }: OpenFolder,
  isTop: boolean,
): Promise<readonly FolderEntry[] | ListGap | undefined> {
  try {
    const next = await batches.next();
    return next.done === true ? undefined : next.value;
  } catch (cause) {
    const isGap = !saysAbsent(cause) || (isTop && (await isNoFolder(disk, folder)));
    return isGap ? { kind: "gap", path: folder, cause } : undefined;
  }
}

/** Whether there is something of this name that is no folder: a file, or a link to a disk that is not mounted. A folder was made just now. */
export async function isNoFolder(disk: Disk, path: FilePath): Promise<boolean> {
  try {
    const there = await disk.stat(path);
    return there !== undefined && there.kind !== "folder";
  } catch {
    return true; // it cannot even be looked at
  }
}

/** Calls `enter` when the link leads to a folder; a gap when it leads nowhere. What is no link at all leads to no folder. */
async function followLink(disk: Disk, path: FilePath, enter: () => void): Promise<ListGap | undefined> {
  try {
    if (await disk.leadsToFolder(path)) enter();
    return undefined;
  } catch (cause) {
    return { kind: "gap", path, cause };
  }
}
