import { HubError } from "#model/hub-error.ts";
import type { Caller } from "../access/caller.ts";
import type { Core } from "../core.ts";
import { OpenRepository } from "../repositories/open-repository.ts";
import { readTrashSelection } from "./trash-path.ts";

/**
 * Throws unless `caller` may bring back what lay at `path`: whoever manages what is kept here, or an account with the role `admin` there
 * while no mode forbids it to add. `not_found` where it has no role at all, `forbidden`, `unavailable` in maintenance, `invalid_input`.
 */
export async function requireMayRestore(core: Core, caller: Caller, { path }: { readonly path: string }): Promise<void> {
  const { repository } = readTrashSelection(core, path);
  const { visitor } = caller;
  if (visitor === undefined) {
    if (!caller.permissions.includes("manage_storage")) throw new HubError("forbidden", "This token may not restore");
    return;
  }
  caller.requireAdminOn(repository.text);
  const opened = await OpenRepository.find(core.access, visitor, repository);
  opened?.requireMode("add");
}
