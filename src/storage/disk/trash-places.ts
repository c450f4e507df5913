import { below, type FilePath } from "../file-path.ts";
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

/** Where a file lies that was removed from `path`. */
export function inTrash(disk: Pick<Disk, "homeOf">, { batch, path }: { readonly batch: string; readonly path: FilePath }): FilePath {
  return below(trashOf(disk, path), batch, ...path.split("/"));
}
