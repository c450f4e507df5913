const HOUR_MS = 3_600_000;

/** What a channel does with the next notice that was never tried. */
export type Pace = { readonly do: "send" } | { readonly do: "fold" } | { readonly do: "wait"; readonly untilMs: number };

export interface PaceInput {
  /** When the notices of the last hour were begun, the oldest first. */
  readonly begunAtMs: readonly number[];
  /** How many wait that were never tried. */
  readonly untried: number;
  readonly nowMs: number;
  readonly mostPerHour: number;
}

/**
 * Keeps a storm of alarms from a person, pure: in any hour at most so many notices are begun, and when more wait than there is room for,
 * the last of that room is one summary of all that wait. Times ahead of now, of a clock that was set back, count as now.
 */
export function paceOf({ begunAtMs, untried, nowMs, mostPerHour }: PaceInput): Pace {
  const recent = begunAtMs.map((atMs) => Math.min(atMs, nowMs)).filter((atMs) => atMs > nowMs - HOUR_MS);
  const free = mostPerHour - recent.length;
  if (free <= 0) return { do: "wait", untilMs: (recent[recent.length - mostPerHour] ?? nowMs) + HOUR_MS };
  return free === 1 && untried > 1 ? { do: "fold" } : { do: "send" };
}

export interface TryBounds {
  readonly pauseMs: number;
  readonly longestPauseMs: number;
  readonly mostTries: number;
}

/**
 * How long to wait after that many tries have failed: twice as long each time, or as long as the receiver has asked for, each at most
 * the longest pause. Undefined: enough, it is given up. Pure.
 */
export function tryPauseMs(
  tries: number,
  askedMs: number | undefined,
  { pauseMs, longestPauseMs, mostTries }: TryBounds,
): number | undefined {
  if (tries >= mostTries) return undefined;
  const ownMs = pauseMs * 2 ** Math.min(tries - 1, 40);
  return Math.min(Math.max(ownMs, askedMs ?? 0), longestPauseMs);
}
