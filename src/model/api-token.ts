import { SCOPE_NAMES, type Scope } from "./permissions.ts";

/** What a program shows to the hub's own API. The secret itself is shown once and kept only as a digest. */
export interface ApiToken {
  readonly id: number;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAtMs: number;
  /** From then on it is worth nothing; undefined: it has no end. */
  readonly expiresAtMs: number | undefined;
  /** When it was switched off; undefined while it works. */
  readonly disabledAtMs: number | undefined;
  /** Some minutes late; undefined when it was never used. */
  readonly lastUsedAtMs: number | undefined;
}

const TOKEN_NAME = /^[\p{L}\p{N}_\-@][\p{L}\p{N}\p{M}_\-.@]*$/u;
const TOKEN_SECRET = /^hf_[A-Za-z0-9_-]{27}$/;

/** Why `name` cannot be a token's, as a sentence for a person, or undefined when it can: letters, digits and `_ - . @`, NFC, at most 64. */
export function refuseTokenName(name: string): string | undefined {
  if (name === "") return "A token needs a name";
  if ([...name].length > 64) return "A token's name has at most 64 characters";
  if (name.normalize("NFC") !== name) return "A token's name is written in Unicode's composed form (NFC)";
  if (!TOKEN_NAME.test(name)) return "A token has letters, digits and _ - . @ in its name, and no dot first";
  return undefined;
}

/** Whether it has the form of a token's secret: `hf_` and 160 bits. */
export function isTokenSecret(text: string): boolean {
  return TOKEN_SECRET.test(text);
}

/** Reads scopes as they are stored, `read,storage`. One that this version does not know allows nothing. */
export function parseScopes(text: string): readonly Scope[] {
  const words = text.split(",");
  return SCOPE_NAMES.filter((scope) => words.includes(scope));
}
