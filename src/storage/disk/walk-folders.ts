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

/**
 * The files of `folder` and of every folder below it whose name `enters` accepts, some hundreds at a time, and a gap for each folder
 * that cannot be read. Links are not followed. What vanishes meanwhile was not there; names that no path can hold are left out.
 */
export async function* walkFolders(
  disk: Disk,
  folder: FilePath,
  enters: (name: string) => boolean,
  signal: AbortSignal,
): AsyncGenerator<FolderNames | ListGap, void, undefined> {
  const open = (path: FilePath): OpenFolder => ({ folder: path, batches: disk.readFolder(path), waiting: [] });
  const way = [open(folder)];
  try {
    for (let here = way.at(-1); here !== undefined; here = way.at(-1)) {
      signal.throwIfAborted();
      const next = here.waiting.pop();
      if (next !== undefined) {
        way.push(open(below(here.folder, next)));
        continue;
      }
      const batch = await nextBatch(here);
      if (batch === undefined) {
        way.pop();
      } else if ("cause" in batch) {
        way.pop();
        yield batch;
      } else {
        const names = batch.filter(({ name }) => !name.includes("\\"));
        here.waiting = names.filter(({ kind, name }) => kind === "folder" && enters(name)).map(({ name }) => name);
        const files = names.filter(({ kind }) => kind === "file").map(({ name }) => name);
        if (files.length > 0) yield { kind: "names", folder: here.folder, files };
      }
    }
  } finally {
    for (const { batches } of way) await batches.return();
  }
}

async function nextBatch({ folder, batches }: OpenFolder): Promise<readonly FolderEntry[] | ListGap | undefined> {
  try {
    const next = await batches.next();
    return next.done === true ? undefined : next.value;
  } catch (cause) {
    return saysAbsent(cause) ? undefined : { kind: "gap", path: folder, cause };
  }
}
