import { findCleanupOnly } from "#db/cleanup-windows.ts";
import type { ListedGrant } from "#db/grants.ts";
import { listHoldsFor } from "#db/holds.ts";
import { listModes } from "#db/modes.ts";
import { pathsAtAndAbove } from "#db/paths-at-and-above.ts";
import { findRepository } from "#db/repositories.ts";
import { findRepositoryUse, type ListedRepositoryUse } from "#db/repository-use.ts";
import { OPERATOR } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import { type ModeSetting, modeAt } from "#model/mode.ts";
import type { Hold } from "#model/removal.ts";
import { OBJECT_TYPES, type ObjectType, type Repository } from "#model/repository.ts";
import { listGrants } from "../access/list-grants.ts";
import { readPath } from "../access/set-grant.ts";
import type { Core } from "../core.ts";
import { listObjects } from "./list-objects.ts";
import { OpenRepository } from "./open-repository.ts";
import { repositoryExists } from "./repository-exists.ts";

export type { ListedRepositoryUse };

export interface ShownRepository {
  readonly path: string;
  /** Undefined for one that lies on the disk but no client has asked for yet. */
  readonly row: Repository | undefined;
  readonly objects: Readonly<Record<ObjectType, { readonly count: number; readonly sizeBytes: number }>>;
  /** Its owner, its quota, and what it was counted to hold; undefined for one that no client has asked for yet. */
  readonly use: ListedRepositoryUse | undefined;
  /** The grants on exactly this path and above it. */
  readonly grants: readonly ListedGrant[];
  /** What is set for it, by paths above it too. */
  readonly rules: RepositoryRules;
}

/** What people have set that counts in one repository. */
export interface RepositoryRules {
  /** Those that are not over. */
  readonly holds: readonly Hold[];
  /** The nearest path, at or above it, that is marked to be cleaned up only through a window. */
  readonly cleanupOnlyAt: string | undefined;
  readonly mode: ModeSetting | undefined;
}

/** What lies in a repository now, counted on the disk, and who may use it. Throws `not_found`, `invalid_input`, `damaged`. */
export async function showRepository(core: Core, input: { readonly path: string }, signal: AbortSignal): Promise<ShownRepository> {
  const path = readPath(core, input.path);
  const repository = OpenRepository.forOperator(path, OPERATOR);
  if (!(await repositoryExists(core, repository, signal))) throw new HubError("not_found", `There is no repository at ${path.text}`);

  const objects = { data: none(), keys: none(), locks: none(), snapshots: none(), index: none() };
  for (const type of OBJECT_TYPES) {
    for await (const { count, sizes } of listObjects(core, repository, type, signal)) {
      objects[type].count += count;
      for (const sizeBytes of sizes) objects[type].sizeBytes += sizeBytes;
    }
  }
  const grants = await Array.fromAsync(listGrants(core, { paths: pathsAtAndAbove(path.text) }));
  const use = await findRepositoryUse(core.database.read, path.text);
  const row = await findRepository(core.database.read, path.text);
  return { path: path.text, use, row, objects, grants, rules: await readRules(core, path.text) };
}

async function readRules(core: Core, path: string): Promise<RepositoryRules> {
  const { read } = core.database;
  const nowMs = core.clock();
  const holds = await listHoldsFor(read, path);
  return {
    holds: holds.filter(({ term }) => term.kind === "rolling" || term.untilMs > nowMs),
    cleanupOnlyAt: await findCleanupOnly(read, path),
    mode: modeAt(await listModes(read), path),
  };
}

function none(): { count: number; sizeBytes: number } {
  return { count: 0, sizeBytes: 0 };
}
