import type { FolderMark } from "#storage/driver.ts";

/** When a folder's names and sizes were read, and what it looked like right before. */
export interface SeenFolder {
  readonly mark: FolderMark;
  /** By a clock that never jumps. */
  readonly atMs: number;
  /** Whether a file in it had changed so shortly before that somebody may be writing to it still. */
  readonly isBeingWritten: boolean;
}

/** A look at a folder now. */
export interface FolderSight {
  readonly mark: FolderMark;
  /** By the clock of `SeenFolder.atMs`. */
  readonly atMs: number;
}

// Two changes so close together may leave one and the same time: 2 s on the coarsest file systems, and the tick of the system's clock.
const COARSE_MS = 2500;
// A file that was written to so shortly before it was looked at may still be written to, which no time of its folder tells.
const WRITING_MS = 10_000;
// By so much the two clocks may drift apart before the one that sets the times counts as having been set.
const DRIFT_MS = 1000;

/**
 * Whether what was read of a folder must still be so. It is when the folder looks as it did, no change since can have left the times it
 * has, nothing in it was being written to, and it was read less than `mostAgeMs` ago: a file that grows or shrinks where it lies, much
 * later than it was made, shows only then. Times ahead of the clock count as well as past ones: the clock may have been set back.
 */
export function isStillSo(seen: SeenFolder, now: FolderSight, mostAgeMs: number): boolean {
  const fromMs = seen.mark.seenAtMs;
  const untilMs = now.mark.seenAtMs;
  return (
    seen.mark.text === now.mark.text &&
    now.atMs - seen.atMs < mostAgeMs &&
    Math.abs(untilMs - fromMs - (now.atMs - seen.atMs)) <= DRIFT_MS &&
    !seen.mark.changedAtMs.some((atMs) => atMs >= fromMs - COARSE_MS && atMs <= untilMs + COARSE_MS) &&
    !seen.isBeingWritten
  );
}

/** Whether somebody may still be writing to a file that changed then, as no time of its folder tells. */
export function mayBeWritten(file: { readonly changedAtMs: number }, mark: FolderMark): boolean {
  return Math.abs(file.changedAtMs - mark.seenAtMs) < WRITING_MS;
}
