/**
 * What a stored password hash is. Beside our own argon2id these are the kinds that htpasswd files have (spec/restic-rest.md section
 * 3.2); `cost` is bcrypt's exponent, `rounds` those of SHA-crypt.
 */
export type StoredHash =
  | { readonly kind: "argon2id" }
  | { readonly kind: "bcrypt"; readonly cost: number }
  | { readonly kind: "sha1" }
  | { readonly kind: "apr1" }
  | { readonly kind: "sha256-crypt" | "sha512-crypt"; readonly rounds: number };

const BCRYPT = /^\$2[aby]\$(?<cost>\d\d)\$[./A-Za-z0-9]{53}$/;
const SHA1 = /^\{SHA\}[A-Za-z0-9+/]{27}=$/;
const APR1 = /^\$apr1\$[^$:\s]{1,8}\$[./0-9A-Za-z]{22}$/;
const SHA_CRYPT =
  /^\$(?:(?<sha256>5)|6)\$(?:rounds=(?<rounds>[1-9]\d{0,9})\$)?[./0-9A-Za-z]{0,16}\$(?:[./0-9A-Za-z]{43}|[./0-9A-Za-z]{86})$/;
const DEFAULT_ROUNDS = 5000;

/** What kind of hash this is; undefined for anything that no password can be checked against. */
export function parseStoredHash(hash: string): StoredHash | undefined {
  if (hash.startsWith("$argon2id$")) return { kind: "argon2id" };
  if (SHA1.test(hash)) return { kind: "sha1" };
  if (APR1.test(hash)) return { kind: "apr1" };
  const bcrypt = BCRYPT.exec(hash)?.groups;
  if (bcrypt !== undefined) {
    const cost = Number(bcrypt["cost"]);
    return cost < 4 || cost > 31 ? undefined : { kind: "bcrypt", cost };
  }
  const crypt = SHA_CRYPT.exec(hash)?.groups;
  if (crypt === undefined) return undefined;
  const kind = crypt["sha256"] === undefined ? "sha512-crypt" : "sha256-crypt";
  const digestCharacters = hash.length - hash.lastIndexOf("$") - 1;
  if (digestCharacters !== (kind === "sha256-crypt" ? 43 : 86)) return undefined;
  const rounds = crypt["rounds"] === undefined ? DEFAULT_ROUNDS : Number(crypt["rounds"]);
  return rounds < 1000 ? undefined : { kind, rounds }; // fewer are written as 1000 by whoever makes such a hash
}
