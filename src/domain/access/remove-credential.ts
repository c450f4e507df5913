import type { Actor } from "#model/actor.ts";
import type { Core } from "../core.ts";

/** Takes a login away for good; it is never given out again. Resolves to how many its account has left. Throws `not_found`. */
export async function removeCredential(core: Core, by: Actor, { login }: { readonly login: string }): Promise<number> {
  return await core.database.write("removeCredential", { login, nowMs: core.clock(), by });
}
