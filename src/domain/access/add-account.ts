import { randomBytes } from "node:crypto";
import { hashArgon2id } from "#lib/argon2id.ts";
import { type Account, refuseAccountName } from "#model/account.ts";
import type { Actor } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import type { Core } from "../core.ts";

/** An account and, this once, the secret it signs in with. */
export interface AddedAccount {
  readonly account: Account;
  readonly login: string;
  readonly secret: string;
}

/**
 * Makes an account that signs in under its own name, with `maintain` on `/<name>/`, or `backup` when it is to be append-only.
 * Without `secret` one is drawn. Throws `invalid_input`, `already_exists` (also for a name that was ever in use).
 */
export async function addAccount(
  core: Core,
  by: Actor,
  { name, appendOnly, secret = newSecret() }: { readonly name: string; readonly appendOnly: boolean; readonly secret?: string },
): Promise<AddedAccount> {
  const refused = refuseAccountName(name);
  if (refused !== undefined) throw new HubError("invalid_input", refused);
  const secretHash = await hashArgon2id(checkSecret(core, name, secret));
  const grants = [{ path: `/${name}/`, role: appendOnly ? ("backup" as const) : ("maintain" as const) }];
  const account = await core.database.write("addAccount", { name, login: name, secretHash, grants, nowMs: core.clock(), by });
  return { account, login: name, secret };
}

/** 160 random bits in 27 characters that a URL takes as they are. */
export function newSecret(): string {
  return randomBytes(20).toString("base64url");
}

/** `secret`, or a thrown `invalid_input` when nobody could sign in with it or it is too easily guessed. */
export function checkSecret(core: Core, login: string, secret: string): string {
  if ([...secret].length < 8) throw new HubError("invalid_input", "A password needs at least 8 characters");
  if (Buffer.byteLength(login) + Buffer.byteLength(secret) > core.limits.passwordBytes) {
    throw new HubError("invalid_input", "The password is too long");
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused (RFC 7617 section 2)
  if (/[\u0000-\u001f\u007f]/.test(secret)) throw new HubError("invalid_input", "A password has no control characters");
  return secret;
}
