import type { Actor } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import type { Core } from "../core.ts";
import { MAIN, readPlace } from "./plan-tree.ts";

/**
 * Gives an adopted tree back: it is no longer served, and no file of it is touched. Accounts, grants and the rows of its repositories
 * stay. Throws `not_found`, `invalid_input`.
 */
export async function forgetTree(core: Core, by: Actor, input: { readonly at: string }): Promise<{ readonly at: string }> {
  const { prefix, at } = readPlace(input.at, core.limits);
  const removed = await core.database.write("removeEntryPath", { entry: MAIN, prefix, nowMs: core.clock(), by });
  if (!removed) throw new HubError("not_found", `Nothing is adopted at ${at}`);
  return { at };
}
