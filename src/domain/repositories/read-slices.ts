import { HubError } from "#model/hub-error.ts";
import { type ObjectId, type ObjectType, parseObjectId } from "#model/repository.ts";
import type { Driver, FolderLook, NamedFile } from "#storage/driver.ts";
import type { FilePath } from "#storage/file-path.ts";
import { type ObjectSlice, SliceBuilder } from "./object-slice.ts";

/** A folder that objects lie in. */
export interface ObjectFolder {
  readonly type: ObjectType;
  readonly path: FilePath;
  /** Which names restic would look for here. */
  readonly holds: (id: ObjectId) => boolean;
}

/**
 * The objects of one folder as the disk has them now, some hundreds at a time; foreign files are left out. `seen` is told of each file.
 * Throws `damaged` when the folder cannot be read, `unavailable` when its disk is away.
 */
export async function* readSlices(
  storage: Driver,
  { type, path, holds }: ObjectFolder,
  signal: AbortSignal,
  seen: (file: NamedFile) => void = () => undefined,
): AsyncGenerator<ObjectSlice, void, undefined> {
  const idOf = (name: string) => {
    const id = parseObjectId(name);
    return id !== undefined && holds(id) ? id : undefined;
  };
  for await (const part of storage.listFolder(path, (name) => idOf(name) !== undefined, signal)) {
    if (part.kind === "gap") throw unreadable(type, part.cause);
    const builder = new SliceBuilder(part.files.length);
    for (const file of part.files) {
      const id = idOf(file.name);
      if (id === undefined) continue;
      builder.add(id, file.sizeBytes);
      seen(file);
    }
    yield builder.slice();
  }
}

/** What is in the place of a folder of objects. Throws `damaged` when it cannot be told. */
export async function lookAtObjects(
  storage: Driver,
  { type, path }: Pick<ObjectFolder, "type" | "path">,
  signal: AbortSignal,
): Promise<FolderLook> {
  try {
    return await storage.lookAtFolder(path, signal);
  } catch (cause) {
    signal.throwIfAborted();
    throw unreadable(type, cause);
  }
}

/**
 * A list that lacks an object makes restic forget or rewrite it, so there is no such thing as half a list (spec/restic-rest.md 1.3). What
 * says more than that the bytes cannot be read, such as that the disk is away, stays what it is.
 */
export function unreadable(type: ObjectType, cause: unknown): HubError {
  if (cause instanceof HubError && cause.code !== "damaged") return cause;
  return new HubError("damaged", `A folder of ${type} cannot be read`, { cause });
}
