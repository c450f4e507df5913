import type { Actor } from "#model/actor.ts";
import type { Core } from "../core.ts";

/** Closes a clean-up window before its time; whoever knows of one may. False when it was over already. Throws `not_found`. */
export async function closeCleanupWindow(core: Core, by: Actor, { id }: { readonly id: number }): Promise<boolean> {
  return await core.database.write("closeCleanupWindow", { id, nowMs: core.clock(), by });
}
