import type { Actor } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import { isCreatableRepositoryPath } from "#model/repository.ts";
import { readPath } from "../access/set-grant.ts";
import type { Core } from "../core.ts";
import { createRepository } from "./create-repository.ts";
import { OpenRepository } from "./open-repository.ts";

/** Makes the folders and row of a repository before any client does; one that is there is fine. Throws `invalid_input`. */
export async function addRepository(
  core: Core,
  by: Actor,
  input: { readonly path: string },
  signal: AbortSignal,
): Promise<{ readonly path: string }> {
  const path = readPath(core, input.path);
  if (!isCreatableRepositoryPath(path)) {
    throw new HubError("invalid_input", "A new repository's name has letters, digits, space and . _ - @ +");
  }
  await createRepository(core, OpenRepository.forOperator(path, by), signal);
  return { path: path.text };
}
