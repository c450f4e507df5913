import { findCredentialByLogin } from "#db/credentials.ts";
import { hashArgon2id } from "#lib/argon2id.ts";
import type { Actor } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import type { Core } from "../core.ts";
import { checkSecret, newSecret } from "./add-account.ts";
import { drawArchiveSecret } from "./archive-login.ts";

/** Longer than this is a second credential. */
export const LONGEST_OVERLAP_MS = 90 * 24 * 60 * 60_000;

export interface RotateCredentialInput {
  readonly login: string;
  /** A password of one's own; one is drawn without it. */
  readonly secret?: string;
  /** For how long the secret so far works beside the new one; it ends at once without it. */
  readonly overlapMs?: number | undefined;
}

export interface RotatedCredential {
  readonly login: string;
  readonly secret: string;
  /** Until when the secret so far works. */
  readonly previousUntilMs: number | undefined;
}

/**
 * Gives a login a new secret. The newest two are all that can ever be right: rotating again ends the one before the last. Throws
 * `not_found`, `invalid_input`.
 */
export async function rotateCredential(
  core: Core,
  by: Actor,
  { login, overlapMs, ...given }: RotateCredentialInput,
): Promise<RotatedCredential> {
  if (overlapMs !== undefined && !(Number.isSafeInteger(overlapMs) && overlapMs > 0 && overlapMs <= LONGEST_OVERLAP_MS)) {
    throw new HubError("invalid_input", "An overlap lasts at most 90 days; a second credential has no end");
  }
  const credential = (await findCredentialByLogin(core.database.read, login))?.credential;
  // Clients take letters and digits alone in an access URL.
  const secret = given.secret ?? (credential?.archiveScope === undefined ? newSecret() : drawArchiveSecret());
  checkSecret(core, login, secret);
  // Under the salt of the one so far, both are checked with one hash. Should it be replaced meanwhile, they are checked one by one.
  const before = overlapMs === undefined ? undefined : credential?.secretHash;
  const secretHash = await hashArgon2id(secret, before);
  const nowMs = core.time.latestMs();
  const previousUntilMs = overlapMs === undefined ? undefined : nowMs + overlapMs;
  await core.database.write("replaceCredentialSecret", { login, secretHash, previousUntilMs, nowMs, by });
  return { login, secret, previousUntilMs };
}
