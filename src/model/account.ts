import type { ArchiveScope } from "./archive.ts";
import type { Role } from "./permissions.ts";
import { RESERVED_SEGMENTS } from "./repository.ts";

/** A machine's identity. It owns credentials and, through grants, has roles on repositories. */
export interface Account {
  readonly id: number;
  readonly name: string;
  readonly createdAtMs: number;
  /** When sign-in was switched off; undefined while it works. */
  readonly disabledAtMs: number | undefined;
}

/** How a credential proves itself: a secret that is sent, or a certificate that the TLS connection has shown. */
export const CREDENTIAL_KINDS = ["password", "certificate"] as const;

export type CredentialKind = (typeof CREDENTIAL_KINDS)[number];

/** What a machine signs in with. A secret is shown once and kept only as a hash. */
export interface Credential {
  readonly id: number;
  readonly accountId: number;
  /** The Basic user name; unique among all credentials when case-folded. */
  readonly login: string;
  readonly kind: CredentialKind;
  /** PHC string, `$argon2id$...`; empty for a certificate, which no secret is right for. */
  readonly secretHash: string;
  /** The hash before it, while it still works after a rotation. */
  readonly previousSecret: { readonly hash: string; readonly untilMs: number } | undefined;
  /** Name in the certificate (docs/decisions/013); undefined for a password. */
  readonly certificateName: string | undefined;
  /** For people: which machine this is. */
  readonly label: string | undefined;
  readonly createdAtMs: number;
  /** From this moment on it is refused. */
  readonly expiresAtMs: number | undefined;
  /** When it was switched off; undefined while it works. */
  readonly disabledAtMs: number | undefined;
  /** Where it may be used from: IP addresses, networks, or `unix`. None: from everywhere. */
  readonly addresses: readonly string[];
  /** It never has more than this role, whatever its account was granted. */
  readonly mostRole: Role | undefined;
  /** Set for one that signs in where archives are kept, and nowhere else: what it may do there. */
  readonly archiveScope: ArchiveScope | undefined;
}

/** A role on a path and everything below it; where several match, the most specific path wins. */
export interface Grant {
  readonly accountId: number;
  /** Like a repository's: `/` or `/laptop/photos/`. */
  readonly path: string;
  readonly role: Role;
}

const ACCOUNT_NAME = /^[\p{L}\p{N}_\-@][\p{L}\p{N}\p{M}_\-.@]*$/u;

/**
 * Why `name` cannot be an account's, as a sentence for a person, or undefined when it can: letters, digits, `_ - . @`, NFC, at most
 * 64 characters, no leading dot, none of restic's reserved words (design: "Who gets in").
 */
export function refuseAccountName(name: string): string | undefined {
  if (name === "") return "An account needs a name.";
  // Its folder takes its name, and a new repository's folder has at most 128 bytes.
  if ([...name].length > 64 || Buffer.byteLength(name) > 128) return "An account's name has at most 64 characters, and 128 bytes.";
  if (name.normalize("NFC") !== name) return "An account's name is written in Unicode's composed form (NFC).";
  if (!ACCOUNT_NAME.test(name)) return "An account has letters, digits and _ - . @ in its name, and no dot at its start.";
  if (RESERVED_SEGMENTS.has(name)) return `"${name}" is a word of restic's own; choose another name.`;
  return undefined;
}

const LOGIN_WORD = /^[\p{L}\p{N}_\-@][\p{L}\p{N}\p{M}_\-@]*$/u;

/** Why `<account>.<word>` cannot be a login of that account, as a sentence for a person, or undefined when it can. */
export function refuseLoginWord(account: string, word: string): string | undefined {
  if (!LOGIN_WORD.test(word)) return "The name of a credential has letters, digits and _ - @ in it.";
  if (word.normalize("NFC") !== word) return "The name of a credential is written in Unicode's composed form (NFC).";
  const login = `${account}.${word}`;
  if ([...login].length > 64 || Buffer.byteLength(login) > 128) return "A login has at most 64 characters, and 128 bytes.";
  return undefined;
}

/** Why no certificate could be known by this name, as a sentence for a person, or undefined when one could. */
export function refuseCertificateName(name: string): string | undefined {
  if (name === "" || name.trim() !== name) return "The name of a certificate is missing, or has space around it.";
  if (Buffer.byteLength(name) > 255) return "The name of a certificate has at most 255 bytes.";
  // A wildcard would be many machines; a quote or backslash is how OpenSSL marks what it could not print.
  if (/[\p{Cc}"\\*]/u.test(name)) return "The name of a certificate has no control characters, quotes or * in it.";
  return undefined;
}

/** The form under which names in certificates are compared: letters of ASCII in lower case, and nothing else is taken for the same. */
export function foldCertificateName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** The form under which names are unique: two that differ in case or composition are the same. */
export function foldName(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}
