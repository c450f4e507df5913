import type { IncomingHttpHeaders } from "node:http";
import { decodeBase64, parseStructuredDictionary } from "#http/structured-fields.ts";
import { invalid, type Refusal } from "./refusal.ts";

export const DIGEST_BYTES = { md5: 16, sha256: 32, sha512: 64 } as const;

export type DigestAlgorithm = keyof typeof DIGEST_BYTES;

/** What bytes must hash to, in lower-case hex; an algorithm that the client said nothing of is left out. */
export type Digests = Readonly<Partial<Record<DigestAlgorithm, string>>>;

const SHA256_HEX = /^[0-9a-f]{64}$/i;
const FIELD_NAMES: Readonly<Record<string, DigestAlgorithm>> = { "sha-256": "sha256", "sha-512": "sha512" };

/**
 * What a client says of the bytes that it sends (spec/restbackup.md section 2.5). `content` is of the body of this request,
 * `whole` of the file that it belongs to; they are the same file where a request brings all of it. Unknown algorithms are ignored; what is
 * malformed, or contradicts itself, is refused.
 */
export function parseDigests(headers: IncomingHttpHeaders): { readonly content: Digests; readonly whole: Digests } | Refusal {
  const contentFields = parseFields("Content-Digest", headers["content-digest"]);
  const wholeFields = parseFields("Repr-Digest", headers["repr-digest"]);
  if ("status" in contentFields) return contentFields;
  if ("status" in wholeFields) return wholeFields;

  const hex = headers["x-content-sha256"];
  if (hex !== undefined && (typeof hex !== "string" || !SHA256_HEX.test(hex))) return malformed("X-Content-SHA256");
  const md5 = md5In(headers["content-md5"]);
  if (md5 === "malformed") return malformed("Content-MD5");

  const content = mergeDigests(contentFields, {
    ...(typeof hex === "string" ? { sha256: hex.toLowerCase() } : {}),
    ...(md5 === undefined ? {} : { md5 }),
  });
  return "status" in content ? content : { content, whole: wholeFields };
}

/** All of both; a refusal when they name different digests of one algorithm. */
export function mergeDigests(one: Digests, other: Digests): Digests | Refusal {
  for (const algorithm of ["md5", "sha256", "sha512"] as const) {
    if (one[algorithm] !== undefined && other[algorithm] !== undefined && one[algorithm] !== other[algorithm]) {
      return invalid("The request names two different digests for the same bytes.");
    }
  }
  return { ...one, ...other };
}

/** The value of `Repr-Digest` for a SHA-256 in hex. */
export function reprDigest(sha256: string): string {
  return `sha-256=:${Buffer.from(sha256, "hex").toString("base64")}:`;
}

/** The strong entity tag of a file: its bytes never change under a digest. */
export function entityTag(sha256: string): string {
  return `"${sha256.slice(0, 32)}"`;
}

function parseFields(name: string, header: string | string[] | undefined): Digests | Refusal {
  if (header === undefined) return {};
  const members = parseStructuredDictionary(String(header)); // Node joins repeated fields with a comma, as a dictionary wants it
  if (members === undefined) return malformed(name);
  const digests: { -readonly [algorithm in DigestAlgorithm]?: string } = {};
  for (const [key, algorithm] of Object.entries(FIELD_NAMES)) {
    const member = members.get(key);
    if (member === undefined) continue;
    if (member.type !== "bytes" || member.value.length !== DIGEST_BYTES[algorithm]) return malformed(name);
    digests[algorithm] = Buffer.from(member.value).toString("hex");
  }
  return digests;
}

function md5In(header: string | string[] | undefined): string | undefined | "malformed" {
  if (header === undefined) return undefined;
  const bytes = typeof header === "string" && /^[A-Za-z0-9+/]{22}==$/.test(header) ? decodeBase64(header) : undefined;
  return bytes === undefined ? "malformed" : Buffer.from(bytes).toString("hex");
}

function malformed(name: string): Refusal {
  return invalid(`The ${name} cannot be read, so the file could not be checked. Nothing was stored.`);
}
