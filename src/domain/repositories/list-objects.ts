import { HubError } from "#model/hub-error.ts";
import { type ObjectId, type ObjectType, parseObjectId } from "#model/repository.ts";
import type { Core } from "../core.ts";
import { typeFolder } from "./object-path.ts";
import type { OpenRepository } from "./open-repository.ts";
import { repositoryExists } from "./repository-exists.ts";

export interface ListedObject {
  readonly id: ObjectId;
  readonly sizeBytes: number;
}

/**
 * Every object of a type, as the disk has them now, in no promised order; foreign files are left out. Throws `not_found` when there
 * is no repository, and `damaged` when a part cannot be read: a list that lacks an object makes restic forget or rewrite it, so
 * there is no such thing as half a list (spec/restic-rest.md section 1.3).
 */
export async function* listObjects(
  core: Core,
  repository: OpenRepository,
  type: ObjectType,
  signal: AbortSignal,
): AsyncIterable<ListedObject> {
  repository.require("read");
  const folder = typeFolder(repository, type);
  if ((await core.storage.stat(folder, signal)).kind === "absent" && !(await repositoryExists(core, repository, signal))) {
    throw new HubError("not_found", "There is no repository here");
  }
  core.activity.listed(repository, type);
  for await (const item of core.storage.list(folder, signal)) {
    if (item.kind === "gap") throw new HubError("damaged", `A folder of ${type} cannot be read`, { cause: item.cause });
    const id = objectIdAt(item.path.slice(folder.length + 1), type);
    if (id !== undefined) yield { id, sizeBytes: item.sizeBytes };
  }
}

/** The id of the object at this path below its type's folder; undefined for anything that restic would not look for there. */
function objectIdAt(pathBelow: string, type: ObjectType): ObjectId | undefined {
  if (type !== "data") return parseObjectId(pathBelow);
  const id = parseObjectId(pathBelow.slice(3));
  return id !== undefined && pathBelow.startsWith(`${id.slice(0, 2)}/`) ? id : undefined;
}
