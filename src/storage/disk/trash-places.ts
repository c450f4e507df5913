import { below, type FilePath, filePath } from "../file-path.ts";

/** Which folder is the trash of a path: the one at the root of the tree that the path lies in. */
export interface TrashPlaces {
  of(path: FilePath): FilePath;
  /** All of them. */
  readonly all: readonly FilePath[];
}

/** Name of the folder that keeps what was removed. */
export const TRASH_FOLDER = ".hub-trash";

const AT_ROOT = filePath(TRASH_FOLDER);

/** The trash of a storage that lies in one folder. */
export const ONE_TRASH: TrashPlaces = { of: () => AT_ROOT, all: [AT_ROOT] };

/** Where a file lies that was removed from `path`. */
export function inTrash(places: TrashPlaces, { batch, path }: { readonly batch: string; readonly path: FilePath }): FilePath {
  return below(places.of(path), batch, ...path.split("/"));
}
