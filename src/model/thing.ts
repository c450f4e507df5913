/**
 * How a thing that a person wants safe is doing.
 *
 * - `new`       nothing has come yet
 * - `safe`      the last good backup is within its rhythm, and nothing speaks against it
 * - `late`      one was due and has not come, its grace included
 * - `failing`   what comes is refused or breaks off
 * - `unproven`  everything arrives, but nobody has read it again for too long
 * - `paused`    a person does not want to be told
 */
export const THING_STATES = ["new", "safe", "late", "failing", "unproven", "paused"] as const;

export type ThingState = (typeof THING_STATES)[number];

/** What a thing is: a restic repository, or the archives of an account whose names differ only in dates and numbers. */
export const THING_KINDS = ["repository", "archives"] as const;

export type ThingKind = (typeof THING_KINDS)[number];

/** One good backup of a thing. */
export interface Arrival {
  readonly atMs: number;
  /** Undefined where the hub cannot tell: a restic snapshot shares its bytes with others. */
  readonly sizeBytes: number | undefined;
}

/** How often a thing is expected. */
export interface Rhythm {
  readonly intervalMs: number;
  /** How much later than that it may come. */
  readonly graceMs: number;
  /** `set` by a person, or `learned` from when it has come before. */
  readonly from: "set" | "learned";
}
