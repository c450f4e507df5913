import { findAccountByName } from "#db/accounts.ts";
import type { CredentialBounds } from "#db/new-credential.ts";
import { shown } from "#db/shown.ts";
import { hashArgon2id } from "#lib/argon2id.ts";
import { parseNetwork } from "#lib/network.ts";
import { refuseCertificateName, refuseLoginWord } from "#model/account.ts";
import type { Actor } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import { ROLE_NAMES, type Role } from "#model/permissions.ts";
import type { Core } from "../core.ts";
import { checkSecret, newSecret } from "./add-account.ts";

/** What a credential may be bound to. `null` and an empty list take the bound away; what is left out stays as it is. */
export interface CredentialSettings {
  readonly label?: string | null;
  readonly expiresAtMs?: number | null;
  /** IP addresses, networks or `unix`. */
  readonly addresses?: readonly string[];
  readonly mostRole?: Role | null;
}

export interface AddCredentialInput extends CredentialSettings {
  readonly accountName: string;
  /** Its login is `<account>.<word>`; a number without it. */
  readonly word?: string | undefined;
  /** A password of one's own; one is drawn without it. */
  readonly secret?: string;
  /** It signs in with a certificate of this name, and has no password. */
  readonly certificateName?: string | undefined;
}

/** A new login and, this once, its secret; a certificate has none. */
export interface AddedCredential {
  readonly accountName: string;
  readonly login: string;
  readonly secret: string | undefined;
}

/** Gives an account one more credential. Throws `not_found`, `already_exists` (also for a login that was ever in use), `invalid_input`. */
export async function addCredential(core: Core, by: Actor, input: AddCredentialInput): Promise<AddedCredential> {
  const account = await findAccountByName(core.database.read, input.accountName);
  if (account === undefined) throw new HubError("not_found", `There is no account called ${shown(input.accountName)}`);
  const { word, certificateName } = input;
  const refused =
    (word === undefined ? undefined : refuseLoginWord(account.name, word)) ??
    (certificateName === undefined ? undefined : refuseCertificateName(certificateName));
  if (refused !== undefined) throw new HubError("invalid_input", refused);
  if (certificateName !== undefined && input.secret !== undefined) {
    throw new HubError("invalid_input", "A credential has a certificate or a password, not both");
  }
  const bounds = { label: null, expiresAtMs: null, addresses: [], mostRole: null, ...checkSettings(core, input) };
  const secret = certificateName === undefined ? (input.secret ?? newSecret()) : undefined;
  const secretHash = secret === undefined ? "" : await hashArgon2id(checkSecret(core, `${account.name}.${word ?? "99999"}`, secret));
  const login = await core.database.write("addAccountCredential", {
    accountName: account.name,
    word,
    kind: certificateName === undefined ? "password" : "certificate",
    secretHash,
    certificateName,
    bounds,
    most: core.limits.credentialsPerAccount,
    nowMs: core.clock(),
    by,
  });
  return { accountName: account.name, login, secret };
}

const LABEL_CHARACTERS = 100;

/** The settings in the one way they are stored. Throws `invalid_input`. */
export function checkSettings(core: Core, { label, expiresAtMs, addresses, mostRole }: CredentialSettings): Partial<CredentialBounds> {
  if (typeof label === "string" && ([...label].length > LABEL_CHARACTERS || label.trim() === "" || /\p{Cc}/u.test(label))) {
    throw new HubError("invalid_input", `A label is one line of at most ${LABEL_CHARACTERS} characters`);
  }
  if (typeof expiresAtMs === "number" && !(Number.isSafeInteger(expiresAtMs) && expiresAtMs > core.time.latestMs())) {
    throw new HubError("invalid_input", "A login expires in the future; disable it to end it now");
  }
  if (typeof mostRole === "string" && !ROLE_NAMES.includes(mostRole)) {
    throw new HubError("invalid_input", `A role is one of ${ROLE_NAMES.join(", ")}`);
  }
  return {
    ...(label === undefined ? {} : { label }),
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    ...(addresses === undefined ? {} : { addresses: checkAddresses(core, addresses) }),
    ...(mostRole === undefined ? {} : { mostRole }),
  };
}

function checkAddresses(core: Core, addresses: readonly string[]): string[] {
  const { addressesPerCredential } = core.limits;
  if (addresses.length > addressesPerCredential) {
    throw new HubError("invalid_input", `A credential has at most ${addressesPerCredential} addresses or networks`);
  }
  const networks = addresses.map((text) => {
    const network = parseNetwork(text);
    if (network === undefined) throw new HubError("invalid_input", "An address is an IP, a network such as 10.0.0.0/8, or unix");
    return network;
  });
  return [...new Set(networks)];
}
