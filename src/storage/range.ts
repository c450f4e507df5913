import type { RequestedRange } from "#model/byte-range.ts";
import { HubError } from "#model/hub-error.ts";

/** Bytes [start, end) of a file. */
export interface ResolvedRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The bytes that `range` means in a file of `sizeBytes`: all of them without one, and always all of an empty file. Throws
 * `range_unsatisfiable`, with the size, when none of the bytes it names exists.
 */
export function resolveRange(range: RequestedRange | undefined, sizeBytes: number): ResolvedRange {
  if (range === undefined || sizeBytes === 0) return { start: 0, end: sizeBytes };
  const { start, end } =
    "suffix" in range
      ? { start: Math.max(0, sizeBytes - range.suffix), end: sizeBytes }
      : { start: range.first, end: Math.min((range.last ?? Number.POSITIVE_INFINITY) + 1, sizeBytes) };
  if (start >= end) throw new HubError("range_unsatisfiable", "The file has no such bytes", { sizeBytes });
  return { start, end };
}
