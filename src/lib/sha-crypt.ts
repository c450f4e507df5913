import { createHash } from "node:crypto";

const ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/**
 * SHA-crypt of a password (Ulrich Drepper, "Unix crypt using SHA-256 and SHA-512", in the public domain): what stands behind the salt.
 *
 * Our own, because the library `unixcrypt` 3.0.4 gets passwords wrong whose length is a multiple of the digest's: 32 or 64 bytes.
 */
export function shaCrypt(algorithm: "sha256" | "sha512", secret: string, { salt, rounds }: { salt: string; rounds: number }): string {
  const digest = (...parts: readonly Uint8Array[]) => {
    const hash = createHash(algorithm);
    for (const part of parts) hash.update(part);
    return hash.digest();
  };
  const key = Buffer.from(secret);
  const saltBytes = Buffer.from(salt);

  const inner = digest(key, saltBytes, key);
  const bits = [...key.length.toString(2)].reverse().filter(() => key.length > 0);
  let state = digest(key, saltBytes, cycled(inner, key.length), ...bits.map((bit) => (bit === "1" ? inner : key)));
  const keyBytes = cycled(digest(...Array<Uint8Array>(key.length).fill(key)), key.length);
  const saltRepeats = 16 + (state[0] ?? 0);
  const saltMixed = cycled(digest(...Array<Uint8Array>(saltRepeats).fill(saltBytes)), saltBytes.length);

  for (let round = 0; round < rounds; round += 1) {
    const isOdd = round % 2 === 1;
    const hash = createHash(algorithm).update(isOdd ? keyBytes : state);
    if (round % 3 !== 0) hash.update(saltMixed);
    if (round % 7 !== 0) hash.update(keyBytes);
    state = hash.update(isOdd ? state : keyBytes).digest();
  }
  return algorithm === "sha256" ? encodeSha256(state) : encodeSha512(state);
}

/** `bytes` over and over, cut to `length`. */
function cycled(bytes: Uint8Array, length: number): Uint8Array {
  return Buffer.alloc(length, bytes);
}

function encodeSha256(digest: Uint8Array): string {
  let text = "";
  for (let turn = 0, [a, b, c] = [0, 10, 20]; turn < 10; turn += 1, [a, b, c] = [c + 1, a + 1, b + 1]) text += encode(digest, [a, b, c], 4);
  return text + encode(digest, [undefined, 31, 30], 3);
}

function encodeSha512(digest: Uint8Array): string {
  let text = "";
  for (let turn = 0, [a, b, c] = [0, 21, 42]; turn < 21; turn += 1, [a, b, c] = [b + 1, c + 1, a + 1]) text += encode(digest, [a, b, c], 4);
  return text + encode(digest, [undefined, undefined, 63], 2);
}

/** Three bytes of the digest, the first the highest, in `characters` of six bits, the lowest first. */
function encode(digest: Uint8Array, places: readonly (number | undefined)[], characters: number): string {
  let value = places.reduce<number>((sum, place) => sum * 256 + (place === undefined ? 0 : (digest[place] ?? 0)), 0);
  let text = "";
  for (let count = 0; count < characters; count += 1, value = Math.floor(value / 64)) text += ALPHABET[value % 64];
  return text;
}
