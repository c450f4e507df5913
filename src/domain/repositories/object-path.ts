import type { ObjectName, ObjectType } from "#model/repository.ts";
import { below, type FilePath } from "#storage/file-path.ts";
import type { OpenRepository } from "./open-repository.ts";

/** Where an object lies: restic's own layout, packs in a folder of their first two digits (spec/restic-rest.md section 1.6). */
export function objectPath(repository: OpenRepository, object: ObjectName): FilePath {
  if (object.type === "config") return below(repository.folder, "config");
  if (object.type === "data") return below(repository.folder, "data", object.id.slice(0, 2), object.id);
  return below(repository.folder, object.type, object.id);
}

/** The folder of all objects of a type. */
export function typeFolder(repository: OpenRepository, type: ObjectType): FilePath {
  return below(repository.folder, type);
}

/** Where uploads to a repository wait until they are whole. */
export function tempFolder(repository: OpenRepository): FilePath {
  return below(repository.folder, ".hub-tmp");
}
