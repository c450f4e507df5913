import { OPERATOR } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import { readPath } from "../access/set-grant.ts";
import type { Core } from "../core.ts";
import { OpenRepository } from "../repositories/open-repository.ts";
import { repositoryExists } from "../repositories/repository-exists.ts";

/** Has a repository counted on the disk soon, and does not wait for it. Throws `not_found`, `invalid_input`. */
export async function askRecount(core: Core, input: { readonly path: string }, signal: AbortSignal): Promise<{ readonly path: string }> {
  const path = readPath(core, input.path);
  if (!(await repositoryExists(core, OpenRepository.forOperator(path, OPERATOR), signal))) {
    throw new HubError("not_found", `There is no repository at ${path.text}`);
  }
  await core.quotas.askRecount(path.text);
  return { path: path.text };
}
