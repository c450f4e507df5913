import { digitsOf, ID_BYTES, type ObjectSlice } from "#domain/repositories/object-slice.ts";
import { turns } from "#lib/turns.ts";

const PIECE_BYTES = 64 * 1024;

// restic's own spelling, byte for byte as rest-server writes it: `["<id>",...]` and `[{"name":"<id>","size":123},...]`.
const FORMS = {
  1: { before: Buffer.from(',"'), between: Buffer.from(""), after: Buffer.from('"'), hasSize: false },
  2: { before: Buffer.from(',{"name":"'), between: Buffer.from('","size":'), after: Buffer.from("}"), hasSize: true },
};
const ID_DIGITS = 2 * ID_BYTES;
const LONGEST_ENTRY_BYTES = 128;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const ZERO = 0x30;
const HIGH_DIGITS = Uint8Array.from({ length: 256 }, (_, byte) => (byte >> 4).toString(16).charCodeAt(0));
const LOW_DIGITS = Uint8Array.from({ length: 256 }, (_, byte) => (byte & 15).toString(16).charCodeAt(0));

type Version = keyof typeof FORMS;

/** How long the listing of these is, told without writing it. */
export function listingBytes(version: Version, slices: readonly Pick<ObjectSlice, "count" | "digits">[]): number {
  const { before, between, after, hasSize } = FORMS[version];
  let count = 0;
  let digits = 0;
  for (const slice of slices) {
    count += slice.count;
    digits += slice.digits;
  }
  const entries = count * (before.length + ID_DIGITS + between.length + after.length) + (hasSize ? digits : 0);
  return Math.max(entries, 1) + 1; // the first has the bracket in the place of its comma
}

/**
 * The JSON array of all objects, in pieces of at most 64 KiB, so that neither a buffer nor a write grows with their number. Written digit
 * by digit: a string for each name would be most of what a listing costs.
 */
export async function* listingJson(version: Version, slices: AsyncIterable<ObjectSlice>): AsyncGenerator<Uint8Array, void, undefined> {
  let piece = new Uint8Array(PIECE_BYTES);
  let end = 0;
  let isEmpty = true;
  for await (const slice of slices) {
    for (let next = 0; next < slice.count; ) {
      ({ next, end } = fill(version, slice, next, piece, end));
      if (isEmpty) piece[0] = OPEN;
      isEmpty = false;
      if (next === slice.count) break;
      yield piece.subarray(0, end);
      if (turns.isOver()) await turns.next();
      piece = new Uint8Array(PIECE_BYTES);
      end = 0;
    }
  }
  if (isEmpty) piece[end++] = OPEN;
  piece[end++] = CLOSE;
  yield piece.subarray(0, end);
}

interface Filled {
  /** The object that found no room any more. */
  readonly next: number;
  readonly end: number;
}

/** Writes objects from `first` on while the longest there may be has room, and a bracket behind it. */
function fill(version: Version, { count, ids, sizes }: ObjectSlice, first: number, piece: Uint8Array, start: number): Filled {
  const { before, between, after, hasSize } = FORMS[version];
  let end = start;
  let next = first;
  for (; next < count && end < PIECE_BYTES - LONGEST_ENTRY_BYTES; next += 1) {
    for (const byte of before) piece[end++] = byte;
    for (let at = next * ID_BYTES; at < (next + 1) * ID_BYTES; at += 1) {
      const byte = ids[at] ?? 0;
      piece[end++] = HIGH_DIGITS[byte] ?? ZERO;
      piece[end++] = LOW_DIGITS[byte] ?? ZERO;
    }
    for (const byte of between) piece[end++] = byte;
    if (hasSize) end = writeNumber(sizes[next] ?? 0, piece, end);
    for (const byte of after) piece[end++] = byte;
  }
  return { next, end };
}

function writeNumber(value: number, piece: Uint8Array, start: number): number {
  const end = start + digitsOf(value);
  let left = value;
  for (let at = end - 1; at >= start; at -= 1) {
    const tens = Math.floor(left / 10);
    piece[at] = ZERO + (left - tens * 10); // exact up to 2^53, where `%` of such numbers is a slow call
    left = tens;
  }
  return end;
}
