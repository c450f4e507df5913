import { hashArgon2id } from "#lib/argon2id.ts";
import type { Actor } from "#model/actor.ts";
import type { Core } from "../core.ts";
import { checkSecret, newSecret } from "./add-account.ts";

/** Gives a login a new secret; the old one stops working at once. Without `secret` one is drawn. Throws `not_found`, `invalid_input`. */
export async function rotateCredential(
  core: Core,
  by: Actor,
  { login, secret = newSecret() }: { readonly login: string; readonly secret?: string },
): Promise<{ readonly login: string; readonly secret: string }> {
  const secretHash = await hashArgon2id(checkSecret(core, login, secret));
  await core.database.write("replaceCredentialSecret", { login, secretHash, nowMs: core.clock(), by });
  return { login, secret };
}
