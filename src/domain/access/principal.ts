import type { FoundCredential } from "#db/credentials.ts";
import { networksHold } from "#lib/network.ts";
import type { Account } from "#model/account.ts";
import type { ArchiveScope } from "#model/archive.ts";
import { HubError } from "#model/hub-error.ts";
import type { PeerAddress } from "#model/peer-address.ts";
import type { Role } from "#model/permissions.ts";

/** Who is asking. */
export interface Principal {
  readonly accountId: number;
  readonly accountName: string;
  /** What it signed in as; its name where the operator has let it in. */
  readonly login: string;
  /** It has no more than this role anywhere; undefined: what its account was granted. */
  readonly mostRole: Role | undefined;
  /** Set for a login that is for archives alone. */
  readonly archiveScope?: ArchiveScope | undefined;
}

/** Why somebody who has proven who they are is refused all the same. */
export type RefusedBecause = "account disabled" | "disabled" | "expired" | "address";

// Told only to those who have proven who they are, so it gives nothing away (docs/decisions/006).
const SENTENCES: Readonly<Record<RefusedBecause, string>> = {
  "account disabled": "This account is disabled",
  disabled: "This login is disabled",
  expired: "This login has expired",
  address: "This login may not be used from here",
};

/** Why the credential may not be used now from that address; undefined when it may. */
export function refusedBecause(
  { account, credential }: FoundCredential,
  { nowMs, address }: { readonly nowMs: number; readonly address: PeerAddress },
): RefusedBecause | undefined {
  if (account.disabledAtMs !== undefined) return "account disabled";
  if (credential.disabledAtMs !== undefined) return "disabled";
  if (credential.expiresAtMs !== undefined && nowMs >= credential.expiresAtMs) return "expired";
  if (credential.addresses.length > 0 && !isWithin(credential.addresses, address)) return "address";
  return undefined;
}

/** The refusal as the client hears it. */
export function refusalOf(reason: RefusedBecause): HubError {
  return new HubError("forbidden", SENTENCES[reason]);
}

/** The principal of a credential that may be used. */
export function principalOf({ account, credential }: FoundCredential): Principal {
  const { login, mostRole, archiveScope } = credential;
  return { accountId: account.id, accountName: account.name, login, mostRole, ...(archiveScope !== undefined && { archiveScope }) };
}

/** Throws `forbidden` for a login that is for archives alone: what it may do there says nothing of repositories. */
export function requireNotArchiveLogin({ archiveScope }: Principal): void {
  if (archiveScope !== undefined) throw new HubError("forbidden", "This login is for archives alone; use its access URL");
}

/** The account itself, where the operator has let it in without a login. Throws `forbidden` when it is disabled. */
export function principalOfAccount(account: Account): Principal {
  if (account.disabledAtMs !== undefined) throw refusalOf("account disabled");
  return { accountId: account.id, accountName: account.name, login: account.name, mostRole: undefined };
}

/** Lists of addresses as they were read from the database, each made ready once. */
const READY = new WeakMap<readonly string[], (address: string) => boolean>();

function isWithin(networks: readonly string[], address: PeerAddress): boolean {
  let holds = READY.get(networks);
  if (holds === undefined) {
    holds = networksHold(networks);
    READY.set(networks, holds);
  }
  return holds(address);
}
