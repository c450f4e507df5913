import type { Actor } from "#model/actor.ts";
import type { Core } from "../core.ts";

/** Stops every sign-in of an account, with the next request; its grants and repositories stay. Throws `not_found`. */
export async function disableAccount(core: Core, by: Actor, { name }: { readonly name: string }): Promise<void> {
  await core.database.write("disableAccount", { name, nowMs: core.clock(), by });
}

/** Lets a disabled account sign in again. Throws `not_found`. */
export async function enableAccount(core: Core, by: Actor, { name }: { readonly name: string }): Promise<void> {
  await core.database.write("enableAccount", { name, nowMs: core.clock(), by });
}
