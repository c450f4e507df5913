/** What is known of the size of a backup. */
export interface SizedBackup {
  /** Undefined where the hub cannot tell. */
  readonly sizeBytes: number | undefined;
  /** It holds only what has changed since another one, so it may be of any size. */
  readonly increment: boolean;
}

export interface SizeDrop {
  readonly sizeBytes: number;
  /** What was usual before. */
  readonly usualBytes: number;
}

/** With fewer whole backups before it nothing is usual. */
const LEAST_EARLIER = 4;
/** Older ones say how it was: somebody who has tidied up is told for so many backups by half, and then it is usual. */
const MOST_EARLIER = 15;
/** A whole backup that is less than this of what is usual has hardly shrunk by itself. */
const DROP_SHARE = 0.5;
/** So many times the usual distance from what is usual; the factor makes it a standard deviation where chance is plain. */
const SPREADS = 4 * 1.4826;

/**
 * Whether a backup is suddenly far smaller than those before it, `earlier` from the oldest on; undefined when it is not, when it holds only
 * changes, and when too little is known. Median and median distance, so that single wild sizes before it change nothing, and sizes that
 * swing anyway are let swing.
 */
export function findSizeDrop(earlier: readonly SizedBackup[], latest: SizedBackup): SizeDrop | undefined {
  const { sizeBytes } = latest;
  if (sizeBytes === undefined || latest.increment) return undefined;
  const sizes = earlier
    .flatMap((backup) => (backup.increment || backup.sizeBytes === undefined ? [] : [backup.sizeBytes]))
    .slice(-MOST_EARLIER);
  if (sizes.length < LEAST_EARLIER) return undefined;
  const usualBytes = median(sizes);
  const distance = median(sizes.map((size) => Math.abs(size - usualBytes)));
  // Nothing at all is no swing, unless it was seen before.
  const empty = sizeBytes === 0 && !sizes.includes(0);
  const small = sizeBytes < usualBytes * DROP_SHARE && sizeBytes < usualBytes - SPREADS * distance;
  return empty || small ? { sizeBytes, usualBytes } : undefined;
}

/** Of an even number the smaller of the two in the middle. */
function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor((values.length - 1) / 2)] ?? 0;
}
