import type { Actor } from "#model/actor.ts";
import type { Core } from "../core.ts";

/** Refuses an API token from the next request on; it stays on the list. Throws `not_found`. */
export async function disableToken(core: Core, by: Actor, { name }: { readonly name: string }): Promise<void> {
  await core.database.write("setApiTokenDisabled", { name, disabled: true, nowMs: core.clock(), by });
}

/** Takes a disabled API token again. Throws `not_found`. */
export async function enableToken(core: Core, by: Actor, { name }: { readonly name: string }): Promise<void> {
  await core.database.write("setApiTokenDisabled", { name, disabled: false, nowMs: core.clock(), by });
}
