import { createCipheriv, createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ExpectedBody } from "../body-check.ts";

/** Objects of random bytes; the same description always gives the same objects. */
export interface ObjectSet {
  readonly seed: string;
  readonly count: number;
  readonly bytes: number;
}

/** A part of an object, [start, start + bytes). */
export interface Part {
  readonly start: number;
  readonly bytes: number;
}

const OWN_BYTES = 16;
const COMPARED_BYTES = 4096;

/**
 * The objects of a set and their ids. They differ in their first 16 bytes only and share the rest, so a set takes the memory of one
 * object; for a server each is as random as another.
 */
export class Objects {
  readonly ids: readonly string[];
  readonly #set: ObjectSet;
  readonly #rest: Buffer;

  constructor(set: ObjectSet) {
    this.#set = set;
    const cipher = createCipheriv("aes-128-ctr", createHash("sha256").update(set.seed).digest().subarray(0, 16), Buffer.alloc(16));
    this.#rest = cipher.update(Buffer.alloc(set.bytes - OWN_BYTES));
    this.ids = Array.from({ length: set.count }, (_, index) => {
      const hash = createHash("sha256");
      for (const part of this.parts(index)) hash.update(part);
      return hash.digest("hex");
    });
  }

  /** The bytes of an object, in two pieces. */
  parts(index: number): readonly [Buffer, Buffer] {
    return [createHash("sha256").update(`${this.#set.seed} ${index}`).digest().subarray(0, OWN_BYTES), this.#rest];
  }

  /** What an answer with this object, or a part of it, has to hold. */
  expected(index: number, part: Part = { start: 0, bytes: this.#set.bytes }): ExpectedBody {
    const [own, rest] = this.parts(index);
    const slice = (start: number, end: number) => {
      const first = own.subarray(Math.min(start, OWN_BYTES), Math.min(end, OWN_BYTES));
      const second = rest.subarray(Math.max(0, start - OWN_BYTES), Math.max(0, end - OWN_BYTES));
      return first.length === 0 ? second : Buffer.concat([first, second]);
    };
    const end = part.start + part.bytes;
    const whole = part.bytes === this.#set.bytes;
    return {
      first: slice(part.start, Math.min(end, part.start + COMPARED_BYTES)),
      last: slice(Math.max(part.start, end - COMPARED_BYTES), end),
      sha256: whole ? (this.ids[index] ?? "") : createHash("sha256").update(slice(part.start, end)).digest("hex"),
    };
  }
}

/** Puts the objects of a set into a repository's folder, past the server. */
export async function writeObjects(repository: string, set: ObjectSet): Promise<void> {
  const objects = new Objects(set);
  for (const [index, id] of objects.ids.entries()) {
    await writePack(repository, id, Buffer.concat(objects.parts(index)));
  }
}

/** Puts `count` packs of `PACK_BYTES` under names that are not their hashes into a repository's folder, past the server. */
export async function fillWithPacks(repository: string, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => createHash("sha256").update(`pack ${index}`).digest("hex")).sort();
  const bytes = Buffer.alloc(PACK_BYTES, "pack");
  for (let first = 0; first < names.length; first += FILES_AT_ONCE)
    await Promise.all(names.slice(first, first + FILES_AT_ONCE).map((name) => writePack(repository, name, bytes)));
}

export const PACK_BYTES = 64;
const FILES_AT_ONCE = 64;
const made = new Set<string>();

async function writePack(repository: string, id: string, bytes: Buffer): Promise<void> {
  const folder = join(repository, "data", id.slice(0, 2));
  if (!made.has(folder)) await mkdir(folder, { recursive: true, mode: 0o700 });
  made.add(folder);
  await writeFile(join(folder, id), bytes, { mode: 0o600 });
}
