import type { Actor } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import type { Core } from "../core.ts";
import { readPath } from "./set-grant.ts";

/** Takes back what was granted to an account on exactly this path. Throws `not_found`, `invalid_input`. */
export async function removeGrant(core: Core, by: Actor, input: { readonly accountName: string; readonly path: string }): Promise<void> {
  const { text: path } = readPath(core, input.path);
  const removed = await core.database.write("removeGrant", { accountName: input.accountName, path, nowMs: core.clock(), by });
  if (!removed) throw new HubError("not_found", `${input.accountName} has no grant on ${path}`);
}
