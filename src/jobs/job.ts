import type { ClaimedWork } from "#db/due-work.ts";

/** A piece of work as the one who does it sees it: what it is, its payload, and how often it was begun since it last went well. */
export type Work = Pick<ClaimedWork, "key" | "payload" | "attempts">;

/**
 * What is done with the pieces of one kind. It runs at least once for each, and once more where nobody can tell whether the last run came to
 * its end; it runs too early rather than too late when a clock was set back, so it looks itself at what is due.
 */
export interface Job {
  /** `archives.expire` */
  readonly kind: string;
  /** Kinds of one lane share its room. A kind never changes its lane: pieces in the old one would lie there. */
  readonly lane: string;
  /** How long one run may take; `jobDeadlineMs` when nothing is said. */
  readonly deadlineMs?: number;
  /**
   * Resolves to when the piece is due again, or undefined when it is done for good. What it throws is logged, and the piece is tried again
   * after a pause that grows. The signal aborts when the time is over, the lease is lost or the process ends.
   */
  run(work: Work, signal: AbortSignal): Promise<number | undefined>;
}
