import { createHash, randomBytes } from "node:crypto";
import type { Actor } from "#model/actor.ts";
import { type ApiToken, refuseTokenName } from "#model/api-token.ts";
import { HubError } from "#model/hub-error.ts";
import { SCOPE_NAMES, type Scope } from "#model/permissions.ts";
import type { Core } from "../core.ts";

/** A token and, this once, its secret. */
export interface AddedToken {
  readonly token: ApiToken;
  readonly secret: string;
}

export interface AddTokenInput {
  readonly name: string;
  /** At least one; the order and repetitions do not matter. */
  readonly scopes: readonly Scope[];
  readonly expiresAtMs?: number | undefined;
}

/** Makes an API token. Throws `invalid_input`, `already_exists`. */
export async function addToken(core: Core, by: Actor, { name, scopes, expiresAtMs }: AddTokenInput): Promise<AddedToken> {
  const refused = refuseTokenName(name);
  if (refused !== undefined) throw new HubError("invalid_input", refused);
  if (scopes.length === 0) throw new HubError("invalid_input", "A token needs at least one scope");
  const nowMs = core.clock();
  if (expiresAtMs !== undefined) checkExpiry(core, expiresAtMs);
  const secret = `hf_${randomBytes(20).toString("base64url")}`;
  const sorted = SCOPE_NAMES.filter((scope) => scopes.includes(scope));
  const input = { name, secretSha256: digestOfToken(secret), scopes: sorted, expiresAtMs, nowMs, by };
  return { token: await core.database.write("addApiToken", input), secret };
}

/** Throws `invalid_input` for a moment that has passed. */
export function checkExpiry(core: Core, expiresAtMs: number): void {
  if (expiresAtMs <= core.time.latestMs()) throw new HubError("invalid_input", "A token cannot expire in the past");
}

/** What is kept of a token's secret. */
export function digestOfToken(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
