import { HubError } from "#model/hub-error.ts";
import { isCreatableRepositoryPath, OBJECT_TYPES } from "#model/repository.ts";
import { below } from "#storage/file-path.ts";
import type { Core } from "../core.ts";
import { typeFolder } from "./object-path.ts";
import type { OpenRepository } from "./open-repository.ts";
import { repositoryExists } from "./repository-exists.ts";

const FOLDERS_AT_ONCE = 16;

/**
 * Makes the folders and the row of a repository; one that is there already is fine. Throws `forbidden` without the right to add
 * here, or for a name that no new repository may have.
 */
export async function createRepository(core: Core, repository: OpenRepository, signal: AbortSignal): Promise<void> {
  repository.require("add");
  await requireCreatable(core, repository, signal);

  const data = typeFolder(repository, "data");
  const isNew = (await core.storage.stat(data, signal)).kind === "absent";
  for (const type of OBJECT_TYPES) await core.storage.makeFolder(typeFolder(repository, type), signal);
  if (isNew) {
    // All 256, as restic's local backend and rest-server make them: either may serve this folder tomorrow.
    const names = Array.from({ length: 256 }, (_, index) => index.toString(16).padStart(2, "0"));
    while (names.length > 0) {
      await Promise.all(names.splice(0, FOLDERS_AT_ONCE).map((name) => core.storage.makeFolder(below(data, name), signal)));
    }
  }
  await core.repositories.remember(repository.path, repository.actor, { found: !isNew });
}

/**
 * Throws unless this principal may store something of this kind here: `not_found` when there is no repository and it may not make
 * one, `forbidden` without the right, or for a name that no new repository may have.
 */
export async function requireMayStore(
  core: Core,
  repository: OpenRepository,
  permission: "add" | "lock",
  signal: AbortSignal,
): Promise<void> {
  if (!repository.allows("add") && !(await repositoryExists(core, repository, signal))) {
    throw new HubError("not_found", "There is no repository here");
  }
  repository.require(permission);
  if (!core.repositories.has(repository.path)) await requireCreatable(core, repository, signal);
}

async function requireCreatable(core: Core, repository: OpenRepository, signal: AbortSignal): Promise<void> {
  if (isCreatableRepositoryPath(repository.path) || (await repositoryExists(core, repository, signal))) return;
  throw new HubError("forbidden", "A new repository's name has letters, digits, space and . _ - @ +");
}
