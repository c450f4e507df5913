import type { Actor } from "#model/actor.ts";
import type { Core } from "../core.ts";
import { type CredentialSettings, checkSettings } from "./add-credential.ts";

/** Changes what a credential is bound to, with the next request; what is left out stays. Throws `not_found`, `invalid_input`. */
export async function setCredential(core: Core, by: Actor, input: CredentialSettings & { readonly login: string }): Promise<void> {
  const bounds = checkSettings(core, input);
  await core.database.write("changeCredential", { login: input.login, bounds, nowMs: core.clock(), by });
}
