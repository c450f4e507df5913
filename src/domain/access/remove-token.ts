import type { Actor } from "#model/actor.ts";
import type { Core } from "../core.ts";

/** Takes an API token away; it is refused with the next request. Throws `not_found`. */
export async function removeToken(core: Core, by: Actor, { name }: { readonly name: string }): Promise<void> {
  await core.database.write("removeApiToken", { name, nowMs: core.clock(), by });
}
