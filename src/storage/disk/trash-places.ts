import { below, type FilePath } from "../file-path.ts";
import type { TrashedFile } from "../trash-batch.ts";
import type { Disk } from "./disk.ts";

/** Name of the folder that keeps what was removed. */
export const TRASH_FOLDER = ".hub-trash";

/** The trash of a path: at the top of the part of the tree in which it lies, so that a removal moves no bytes. */
export function trashOf(disk: Pick<Disk, "homeOf">, path: FilePath): FilePath {
  return below(disk.homeOf(path), TRASH_FOLDER);
}

/** Every trash there is. */
export function allTrashes(disk: Pick<Disk, "homes">): readonly FilePath[] {
  return disk.homes().map((home) => below(home, TRASH_FOLDER));
}

/** Where a file of the trash lies. */
export function inTrash({ trash, batch, path }: Pick<TrashedFile, "trash" | "batch" | "path">): FilePath {
  return below(trash, batch, ...path.split("/"));
}

/**
 * Whether every step from a trash down to `path` in its batch, the last one too, is a folder: whoever can plant a link there would have
 * files outside of the tree shown, brought back or erased. An empty `path` is the batch.
 */
export async function areFolders(
  disk: Pick<Disk, "stat">,
  { trash, batch, path }: Pick<TrashedFile, "trash" | "batch" | "path">,
): Promise<boolean> {
  let step = trash;
  for (const name of [batch, ...(path === "" ? [] : path.split("/"))]) {
    step = below(step, name);
    if ((await disk.stat(step))?.kind !== "folder") return false;
  }
  return true;
}
