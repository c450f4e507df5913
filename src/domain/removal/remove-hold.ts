import { findHold } from "#db/holds.ts";
import type { Actor } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import type { Hold } from "#model/removal.ts";
import type { Core } from "../core.ts";
import { requireMayHold } from "./require-may-hold.ts";

/** Lifts a hold, which the timeline keeps. Throws `not_found`, `forbidden`. */
export async function removeHold(core: Core, by: Actor, { id }: { readonly id: number }): Promise<Hold> {
  const hold = await findHold(core.database.read, id);
  if (hold === undefined) throw new HubError("not_found", `There is no hold ${id}`);
  await requireMayHold(core, by, hold.path);
  return await core.database.write("removeHold", { id, nowMs: core.clock(), by });
}
