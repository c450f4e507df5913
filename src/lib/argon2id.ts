import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

// The first of the settings that OWASP's password storage cheat sheet names for argon2id: 41 ms on two shared cores (findings.md).
const MEMORY_KIB = 19_456;
const PASSES = 2;
const PARALLELISM = 1;
const TAG_BYTES = 32;
const SALT_BYTES = 16;

const derive = promisify(argon2);

/**
 * Hashes `secret`; resolves to a PHC string, `$argon2id$v=19$m=...,t=...,p=...$salt$tag`. Takes tens of milliseconds on the thread pool.
 * The salt is a new one, or that of the hash `besides`, so that `eitherHash` can make one of the two.
 */
export async function hashArgon2id(secret: string, besides?: string): Promise<string> {
  const salt = (besides === undefined ? undefined : parsePhc(besides)?.parameters.nonce) ?? randomBytes(SALT_BYTES);
  const parameters = { message: secret, nonce: salt, memory: MEMORY_KIB, passes: PASSES, parallelism: PARALLELISM, tagLength: TAG_BYTES };
  return phcOf(salt, await derive("argon2id", parameters));
}

/** A hash that is as dear to check as a real one, and that no secret is right for: for logins that do not exist. */
export function hashOfNobody(): string {
  return phcOf(randomBytes(SALT_BYTES), randomBytes(TAG_BYTES));
}

/**
 * A hash that is right for the secrets of both, and as dear to check as one of them: their tags under the salt that they share.
 * Undefined when they share none.
 */
export function eitherHash(phc: string, other: string): string | undefined {
  const cut = phc.lastIndexOf("$") + 1;
  if (PHC.exec(phc) === null || PHC.exec(other) === null || phc.slice(0, cut) !== other.slice(0, cut)) return undefined;
  return `${phc}$${other.slice(cut)}`;
}

/** Whether `secret` is the one that `phc` was made of, or one of the two. False for a string that is no argon2id hash. */
export async function verifyArgon2id(phc: string, secret: string): Promise<boolean> {
  const parsed = parsePhc(phc);
  if (parsed === undefined) return false;
  const tag = await derive("argon2id", { ...parsed.parameters, message: secret });
  // Both are compared, whichever is right.
  return parsed.tags.filter((one) => one.length === tag.length && timingSafeEqual(tag, one)).length > 0;
}

// A second tag is our own addition, and only made by `eitherHash`.
const PHC =
  /^\$argon2id\$v=19\$m=(?<memory>\d+),t=(?<passes>\d+),p=(?<parallelism>\d+)\$(?<salt>[A-Za-z0-9+/]+)\$(?<tag>[A-Za-z0-9+/]+)(?:\$(?<other>[A-Za-z0-9+/]+))?$/;

function parsePhc(
  phc: string,
): { parameters: Omit<Argon2Parameters, "message" | "nonce"> & { nonce: Buffer }; tags: readonly Buffer[] } | undefined {
  const groups = PHC.exec(phc)?.groups;
  if (groups === undefined) return undefined;
  const tag = Buffer.from(groups["tag"] ?? "", "base64");
  const other = groups["other"] === undefined ? [] : [Buffer.from(groups["other"], "base64")];
  const parameters = {
    nonce: Buffer.from(groups["salt"] ?? "", "base64"),
    memory: Number(groups["memory"]),
    passes: Number(groups["passes"]),
    parallelism: Number(groups["parallelism"]),
    tagLength: tag.length,
  };
  return { parameters, tags: [tag, ...other] };
}

function phcOf(salt: Buffer, tag: Buffer): string {
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${PARALLELISM}$${base64(salt)}$${base64(tag)}`;
}

function base64(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
