import type { Actor } from "#model/actor.ts";
import type { Core } from "../core.ts";

/** Takes away an account, its credentials and grants. Its name is never given out again, and no byte it stored is touched. Throws `not_found`. */
export async function removeAccount(core: Core, by: Actor, { name }: { readonly name: string }): Promise<void> {
  await core.database.write("removeAccount", { name, nowMs: core.clock(), by });
}
