import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, type KeyObject, randomBytes } from "node:crypto";

/** Bytes of a master key. */
export const MASTER_KEY_BYTES = 32;

const PREFIX = "sealed:v1:";
const SALT_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const LONGEST_BYTES = 64 * 1024;
const SHAPE = /^sealed:v1:(?<keyId>[0-9a-f]{16}):(?<body>[A-Za-z0-9_-]+)$/;

/** Why a sealed value does not open. `wrong_key`: it was sealed under another one; `altered`: not the text that was sealed, or not in its place. */
export type SealProblem = "wrong_key" | "altered";

/** A sealed value that does not open. The message is a sentence for people, without the value. */
export class SealError extends Error {
  override readonly name = "SealError";
  readonly problem: SealProblem;

  constructor(problem: SealProblem, message: string) {
    super(message);
    this.problem = problem;
  }
}

/**
 * Seals secrets for the database: whoever has the rows alone, or a backup of them, has nothing.
 *
 * Each value is bound to its place (`channel 12 settings`), so that one that is moved to another row does not open there. It has a key
 * of its own, drawn from the master key and 32 random bytes: there is no count of values after which AES-GCM would be weak.
 * The text is `sealed:v1:<id of the master key>:<base64url of salt, nonce, cipher text and tag>`.
 */
export class MasterKey {
  /** Tells keys apart without telling the key: 16 hexadecimal digits. */
  readonly id: string;
  readonly #key: KeyObject;

  /** Of 32 random bytes; throws a `RangeError` for any other number of them. */
  constructor(bytes: Uint8Array) {
    if (bytes.byteLength !== MASTER_KEY_BYTES) throw new RangeError(`A master key has ${MASTER_KEY_BYTES} bytes, not ${bytes.byteLength}.`);
    this.#key = createSecretKey(bytes);
    this.id = createHmac("sha256", this.#key).update("holdfast key id").digest("hex").slice(0, 16);
  }

  /** The sealed form of `text` (at most 64 KiB as UTF-8) for that place. Throws a `RangeError` for a longer one. */
  seal(text: string, place: string): string {
    const plain = Buffer.from(text, "utf8");
    if (plain.byteLength > LONGEST_BYTES) throw new RangeError(`A secret has at most ${LONGEST_BYTES} bytes, not ${plain.byteLength}.`);
    const salt = randomBytes(SALT_BYTES);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#keyOf(salt), nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(this.#boundTo(place));
    const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
    return `${PREFIX}${this.id}:${Buffer.concat([salt, nonce, sealed, cipher.getAuthTag()]).toString("base64url")}`;
  }

  /** What was sealed for that place. Throws `SealError`. */
  unseal(sealed: string, place: string): string {
    const { keyId, body = "" } = SHAPE.exec(sealed)?.groups ?? {};
    const bytes = Buffer.from(body, "base64url");
    const least = SALT_BYTES + NONCE_BYTES + TAG_BYTES;
    // Base64 has spare bits that no tag covers: only the one spelling that `seal` writes is taken.
    if (
      keyId === undefined ||
      bytes.byteLength < least ||
      bytes.byteLength > least + LONGEST_BYTES ||
      bytes.toString("base64url") !== body
    ) {
      throw new SealError("altered", "A sealed secret is not in the form in which secrets are kept; set it again.");
    }
    if (keyId !== this.id) {
      throw new SealError(
        "wrong_key",
        `A secret was sealed under the master key ${keyId}, and this is ${this.id}: bring back that key file, or set the secret again.`,
      );
    }
    const salt = bytes.subarray(0, SALT_BYTES);
    const nonce = bytes.subarray(SALT_BYTES, SALT_BYTES + NONCE_BYTES);
    const decipher = createDecipheriv("aes-256-gcm", this.#keyOf(salt), nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(this.#boundTo(place));
    decipher.setAuthTag(bytes.subarray(bytes.byteLength - TAG_BYTES));
    const start = decipher.update(bytes.subarray(SALT_BYTES + NONCE_BYTES, bytes.byteLength - TAG_BYTES));
    try {
      return Buffer.concat([start, decipher.final()]).toString("utf8");
    } catch {
      // The cause says nothing but that the tag is wrong.
      throw new SealError("altered", "A sealed secret was altered, or stands in another's place; set it again.");
    }
  }

  #keyOf(salt: Uint8Array): Uint8Array {
    return new Uint8Array(hkdfSync("sha256", this.#key, salt, "holdfast sealed v1", MASTER_KEY_BYTES));
  }

  #boundTo(place: string): Uint8Array {
    return Buffer.from(`${PREFIX}${this.id}:${place}`, "utf8");
  }
}

/** Whether a text has the form of a sealed one, of this version or a later one. */
export function isSealed(text: string): boolean {
  return /^sealed:v\d+:/.test(text);
}
