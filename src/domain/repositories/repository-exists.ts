import { OBJECT_TYPES } from "#model/repository.ts";
import type { Core } from "../core.ts";
import { objectPath, typeFolder } from "./object-path.ts";
import type { OpenRepository } from "./open-repository.ts";

/**
 * Whether a repository lies here: a `config`, or one of restic's folders. A folder that only holds other repositories is none.
 */
export async function repositoryExists(core: Core, repository: OpenRepository, signal: AbortSignal): Promise<boolean> {
  if ((await core.storage.stat(objectPath(repository, { type: "config" }), signal)).kind === "file") return true;
  for (const type of OBJECT_TYPES) {
    if ((await core.storage.stat(typeFolder(repository, type), signal)).kind === "folder") return true;
  }
  return false;
}

/** Whether a repository that this hub may not have known of lay here before: then nobody here has made it, and it is to be counted. */
export async function wasThere(core: Core, repository: OpenRepository, signal: AbortSignal): Promise<boolean> {
  return core.repositories.has(repository.path) || (await repositoryExists(core, repository, signal));
}
