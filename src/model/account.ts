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

/** What a machine signs in with. The secret itself is shown once and kept only as a hash. */
export interface Credential {
  readonly id: number;
  readonly accountId: number;
  /** The Basic user name; unique among all credentials when case-folded. */
  readonly login: string;
  /** PHC string, `$argon2id$...`. */
  readonly secretHash: string;
  readonly createdAtMs: number;
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

/** The form under which names are unique: two that differ in case or composition are the same. */
export function foldName(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}
