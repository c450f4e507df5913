import type { ObjectId } from "#model/repository.ts";

/** Some objects of one type, 40 bytes each. A repository of a million packs as objects of the language would take five times that. */
export interface ObjectSlice {
  readonly count: number;
  /** 32 bytes each. */
  readonly ids: Uint8Array;
  /** In bytes, in the order of `ids`. */
  readonly sizes: Float64Array;
  /** How many decimal digits the sizes have together: what tells the length of a listing that has not been written yet. */
  readonly digits: number;
}

export const ID_BYTES = 32;
const ENTRY_BYTES = ID_BYTES + Float64Array.BYTES_PER_ELEMENT;

/** What it takes in memory, about. */
export function bytesOfSlice({ count }: Pick<ObjectSlice, "count">): number {
  return count * ENTRY_BYTES;
}

/** How many decimal digits a size has. */
export function digitsOf(sizeBytes: number): number {
  let digits = 1;
  for (let power = 10; sizeBytes >= power; power *= 10) digits += 1;
  return digits;
}

/** Packs up to `most` objects, one after the other. */
export class SliceBuilder {
  #count = 0;
  #digits = 0;
  readonly #ids: Buffer;
  readonly #sizes: Float64Array;

  constructor(most: number) {
    this.#ids = Buffer.alloc(most * ID_BYTES);
    this.#sizes = new Float64Array(most);
  }

  add(id: ObjectId, sizeBytes: number): void {
    this.#ids.write(id, this.#count * ID_BYTES, "hex");
    this.#sizes[this.#count] = sizeBytes;
    this.#digits += digitsOf(sizeBytes);
    this.#count += 1;
  }

  slice(): ObjectSlice {
    const ids = this.#ids.subarray(0, this.#count * ID_BYTES);
    return { count: this.#count, ids, sizes: this.#sizes.subarray(0, this.#count), digits: this.#digits };
  }
}

/** One of all of them, in exactly as much memory as it needs. */
export function joinSlices(slices: readonly ObjectSlice[]): ObjectSlice {
  const count = slices.reduce((sum, slice) => sum + slice.count, 0);
  const ids = new Uint8Array(count * ID_BYTES);
  const sizes = new Float64Array(count);
  let at = 0;
  for (const slice of slices) {
    ids.set(slice.ids, at * ID_BYTES);
    sizes.set(slice.sizes, at);
    at += slice.count;
  }
  return { count, ids, sizes, digits: slices.reduce((sum, { digits }) => sum + digits, 0) };
}
