import { createCipheriv, createHash } from "node:crypto";

/** Bytes that can be made again: the same `seed` and size give the same ones. */
export interface BytesRecipe {
  readonly seed: number;
  readonly sizeBytes: number;
}

/** Makes them; they do not compress. */
export function bytesOf({ seed, sizeBytes }: BytesRecipe): Buffer {
  const key = createHash("sha256").update(`${seed}`).digest().subarray(0, 16);
  return createCipheriv("aes-128-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(sizeBytes));
}

/** A whole number in [least, most]. */
export function between(random: () => number, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}

/** A number in [least, most], as often between 1 and 10 as between 100 and 1000. */
export function logUniform(random: () => number, least: number, most: number): number {
  return least * (most / least) ** random();
}

/** One of them. They are at least one. */
export function oneOf<Item>(random: () => number, items: readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("There is nothing to choose from");
  return item;
}
