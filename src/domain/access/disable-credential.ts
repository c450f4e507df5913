import type { Actor } from "#model/actor.ts";
import type { Core } from "../core.ts";

/** Refuses a login from the next request on; a transfer that is under way may end. Throws `not_found`. */
export async function disableCredential(core: Core, by: Actor, { login }: { readonly login: string }): Promise<void> {
  await core.database.write("disableCredential", { login, nowMs: core.clock(), by });
}

/** Lets a disabled login in again. Throws `not_found`. */
export async function enableCredential(core: Core, by: Actor, { login }: { readonly login: string }): Promise<void> {
  await core.database.write("enableCredential", { login, nowMs: core.clock(), by });
}
