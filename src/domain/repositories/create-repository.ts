import { countOwned } from "#db/repository-use.ts";
import { HubError } from "#model/hub-error.ts";
import { isCreatableRepositoryPath, OBJECT_TYPES } from "#model/repository.ts";
import { below } from "#storage/file-path.ts";
import type { Core } from "../core.ts";
import { typeFolder } from "./object-path.ts";
import type { OpenRepository } from "./open-repository.ts";
import { repositoryExists } from "./repository-exists.ts";
import { requireRoom } from "./require-room.ts";

const FOLDERS_AT_ONCE = 16;
const FOLDERS_BYTES = 262 * 4096; // a block for each

/**
 * Makes the folders and the row of a repository; one that is there already is fine. Throws `forbidden` without the right to add
 * here, for a name that no new repository may have, or to an account that owns as many as it may; `storage_full` like a config.
 */
export async function createRepository(core: Core, repository: OpenRepository, signal: AbortSignal): Promise<void> {
  repository.require("add");
  await requireCreatable(core, repository, signal);

  const data = typeFolder(repository, "data");
  const isNew = (await core.storage.stat(data, signal)).kind === "absent";
  using _count = isNew ? await requireMayOwn(core, repository) : undefined;
  using _room = isNew ? await requireRoom(core, repository, { type: "config", sizeBytes: FOLDERS_BYTES }, signal) : undefined;
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

/**
 * Throws `forbidden` when an account that is about to make this repository owns as many as one may. Until what comes back is disposed
 * this one counts for others at once; across several processes the bound may be passed by what they make in one moment.
 */
export async function requireMayOwn(core: Core, { path, actor }: OpenRepository): Promise<Disposable | undefined> {
  if (actor.kind !== "account" || core.repositories.has(path)) return undefined;
  using stack = new DisposableStack();
  const { before } = stack.use(core.uploads.enterNewRepository(actor.name));
  const owned = before + (await countOwned(core.database.read, { accountName: actor.name, except: path.text }));
  if (owned < core.limits.repositoriesPerAccount) return stack.move();
  throw new HubError("forbidden", `This account owns ${core.limits.repositoriesPerAccount} repositories, and may make no more`);
}

async function requireCreatable(core: Core, repository: OpenRepository, signal: AbortSignal): Promise<void> {
  if (isCreatableRepositoryPath(repository.path) || (await repositoryExists(core, repository, signal))) return;
  throw new HubError("forbidden", "A new repository's name has letters, digits, space and . _ - @ +");
}
