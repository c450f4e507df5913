import { parseStoredHash } from "#lib/stored-hash.ts";
import type { Limits } from "#limits.ts";
import { foldName, refuseAccountName } from "#model/account.ts";

/** A user of an htpasswd file that can be taken over. */
export interface HtpasswdUser {
  readonly line: number;
  readonly name: string;
  readonly secretHash: string;
  /** For people: `bcrypt, cost 5`. */
  readonly hashName: string;
}

/** A line that cannot. */
export interface SkippedLine {
  readonly line: number;
  /** Undefined when not even that can be told. */
  readonly name: string | undefined;
  /** A sentence that says why, and never a part of the password. */
  readonly reason: string;
}

/** Most users of one file. */
const MOST_LINES = 100_000;

/**
 * The users of an htpasswd file, each line for itself: one that is wrong costs nobody else the way in, as it does with rest-server
 * (spec/restic-rest.md section 3.2). Comments and empty lines are passed over; line ends may be of any kind, and a byte order mark is none.
 */
export function readHtpasswd(
  text: string,
  limits: Pick<Limits, "importedBcryptCost" | "importedShaCryptRounds">,
): { readonly users: readonly HtpasswdUser[]; readonly skipped: readonly SkippedLine[] } {
  const users = new Map<string, HtpasswdUser>();
  const skipped: SkippedLine[] = [];
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  for (const [index, raw] of lines.entries()) {
    const line = index + 1;
    const content = raw.trim();
    if (content === "" || content.startsWith("#")) continue;
    if (line > MOST_LINES) {
      skipped.push({ line, name: undefined, reason: `An htpasswd file has at most ${MOST_LINES} lines; the rest was not read.` });
      break;
    }
    const [name = "", secretHash] = content.split(":"); // what follows a second colon is a comment
    if (secretHash === undefined) {
      skipped.push({ line, name: undefined, reason: "There is no colon between a name and a password." });
      continue;
    }
    const earlier = users.get(foldName(name));
    const reason = refuseAccountName(name) ?? refuseHash(secretHash, limits) ?? (earlier && refuseTwin(name, earlier));
    if (reason !== undefined) skipped.push({ line, name, reason });
    else users.set(foldName(name), { line, name, secretHash, hashName: hashNameOf(secretHash) });
  }
  return { users: [...users.values()], skipped };
}

function refuseTwin(name: string, { name: earlier, line }: HtpasswdUser): string {
  if (name === earlier) return `The same name stands in line ${line}, which counts.`;
  return `It differs from ${earlier} in line ${line} only in case, and so is the same name here.`;
}

/** Why nobody should sign in with this, or undefined. */
function refuseHash(hash: string, { importedBcryptCost, importedShaCryptRounds }: Parameters<typeof readHtpasswd>[1]): string | undefined {
  const stored = parseStoredHash(hash);
  if (stored === undefined) return refuseUnknown(hash);
  if (stored.kind === "argon2id") return "argon2id is no kind of htpasswd; make the account with: holdfast account add";
  if ("cost" in stored && stored.cost > importedBcryptCost) {
    return `bcrypt of cost ${stored.cost} keeps the server busy for too long with each guess; at most ${importedBcryptCost}.`;
  }
  if ("rounds" in stored && stored.rounds > importedShaCryptRounds) {
    return `SHA-crypt of ${stored.rounds} rounds keeps the server busy for too long with each guess; at most ${importedShaCryptRounds}.`;
  }
  return undefined;
}

function refuseUnknown(hash: string): string {
  const advice = "set a new password: holdfast account add NAME --password-stdin";
  if (hash === "") return `There is no password; ${advice}`;
  if (/^\$2[abxy]\$/.test(hash)) return `This bcrypt hash is cut off or of an unknown form; ${advice}`;
  if (/^\$[\w-]+\$/.test(hash) || /^\{[\w-]+\}/.test(hash)) return `This kind of hash is unknown here, or cut off; ${advice}`;
  if (/^[./0-9A-Za-z]{13}$/.test(hash)) {
    return `crypt(3) of old, of which eight characters count and which is guessed within hours, or plain text; ${advice}`;
  }
  return `Plain text, which everyone knows who has seen the file; ${advice}`;
}

function hashNameOf(hash: string): string {
  const stored = parseStoredHash(hash);
  switch (stored?.kind) {
    case "bcrypt":
      return `bcrypt, cost ${stored.cost}`;
    case "sha1":
      return "SHA-1";
    case "apr1":
      return "apr1 (MD5)";
    case "sha256-crypt":
      return "SHA-256-crypt";
    case "sha512-crypt":
      return "SHA-512-crypt";
    default:
      return "argon2id";
  }
}
