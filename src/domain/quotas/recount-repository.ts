import { setTimeout as sleep } from "node:timers/promises";
import { findKnownUse, findRepositoryUse, type ListedRepositoryUse } from "#db/repository-use.ts";
import { OPERATOR } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import { readPath } from "../access/set-grant.ts";
import type { Core } from "../core.ts";
import { OpenRepository } from "../repositories/open-repository.ts";
import { repositoryExists } from "../repositories/repository-exists.ts";
import { countRepository } from "./count-repository.ts";

const LOOK_EVERY_MS = 200;

/**
 * Counts a repository on the disk now and resolves to what lies there. `hubRuns`: the hub does it, because it hears of what changes
 * meanwhile, and this waits for it. Throws `not_found`, `invalid_input`, `damaged`, and `unavailable` when nobody has done it in time.
 */
export async function recountRepository(
  core: Core,
  { path: text, hubRuns }: { readonly path: string; readonly hubRuns: boolean },
  signal: AbortSignal,
): Promise<ListedRepositoryUse> {
  const path = readPath(core, text);
  if (!(await repositoryExists(core, OpenRepository.forOperator(path, OPERATOR), signal))) {
    throw new HubError("not_found", `There is no repository at ${path.text}`);
  }
  await core.quotas.askRecount(path.text);
  if (!hubRuns) {
    const done = await countRepository(core, path, { gently: false }, signal);
    if (done === "busy") throw new HubError("unavailable", "The repository is being counted already");
  }
  while ((await findKnownUse(core.database.read, path.text))?.recountAskedAtMs !== undefined) {
    if (signal.aborted) throw new HubError("unavailable", "The hub has not counted it yet; it will as soon as it can");
    await sleep(LOOK_EVERY_MS);
  }
  const use = await findRepositoryUse(core.database.read, path.text);
  if (use === undefined) throw new HubError("not_found", `There is no repository at ${path.text}`);
  return use;
}
