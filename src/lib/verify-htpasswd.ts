import { createHash, timingSafeEqual } from "node:crypto";
import aprMd5 from "apache-md5";
import bcrypt from "bcryptjs";
import { shaCrypt } from "./sha-crypt.ts";
import { parseStoredHash, type StoredHash } from "./stored-hash.ts";

// Its types speak of an ES module with a default; the file is CommonJS and is itself the function.
const apr1 = aprMd5 as unknown as (password: string, hash: string) => string;

/**
 * Whether `secret` is the one that a hash of an htpasswd file was made of. Takes its time on the calling thread: a second for bcrypt of
 * cost 14. As where those hashes come from, bcrypt looks at the first 72 bytes and no further. False for any other kind of hash.
 */
export function verifyHtpasswd(hash: string, secret: string): boolean {
  const stored = parseStoredHash(hash);
  return stored !== undefined && stored.kind !== "argon2id" && isSame(hashedAs(stored, hash, secret), hash);
}

/** What `secret` becomes under the salt and settings of `hash`. */
function hashedAs(stored: Exclude<StoredHash, { kind: "argon2id" }>, hash: string, secret: string): string {
  switch (stored.kind) {
    case "bcrypt":
      return bcrypt.hashSync(secret, hash.slice(0, 29));
    case "sha1":
      return `{SHA}${createHash("sha1").update(secret).digest("base64")}`;
    case "apr1":
      return apr1(Buffer.from(secret).toString("latin1"), hash); // it takes each character for a byte
    case "sha256-crypt":
    case "sha512-crypt": {
      const before = hash.slice(0, hash.lastIndexOf("$") + 1);
      const salt = before.slice(0, -1).split("$").at(-1) ?? "";
      return before + shaCrypt(stored.kind === "sha256-crypt" ? "sha256" : "sha512", secret, { salt, rounds: stored.rounds });
    }
  }
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
