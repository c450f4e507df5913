import type { AlarmState } from "#db/alarms.ts";

/** What is to be done about an alarm now. `look`: nothing before that time. */
export type AlarmStep =
  | { readonly do: "announce" }
  | { readonly do: "settle"; readonly recovery: boolean }
  | { readonly do: "look"; readonly atMs: number };

export interface StepBounds {
  /** How long a cause has to stay away the first time before its end is certain. */
  readonly settleMs: number;
  readonly longestSettleMs: number;
}

/** How long a cause has to stay away that has come back so often: twice as long each time. */
export function settlePauseMs(reopenings: number, { settleMs, longestSettleMs }: StepBounds): number {
  return Math.min(settleMs * 2 ** Math.min(reopenings, 40), longestSettleMs);
}

/**
 * Pure. An alarm that is muted is announced when the silence ends, if it is still open; its end is told to those alone who were told of
 * its beginning, and to nobody while it is muted. No time to look again lies further off than the longest pause: so a wrong clock cannot
 * put it off for ever.
 */
export function stepOf(
  { alarm, announcedAtMs, reopenings }: Pick<AlarmState, "alarm" | "announcedAtMs" | "reopenings">,
  mutedUntilMs: number | undefined,
  nowMs: number,
  bounds: StepBounds,
): AlarmStep {
  const muted = mutedUntilMs !== undefined && mutedUntilMs > nowMs;
  if (alarm.closedAtMs !== undefined) {
    const pauseMs = settlePauseMs(reopenings, bounds);
    const settlesAtMs = alarm.closedAtMs + pauseMs;
    // One that was closed ahead of now was closed by a clock that has been set back since.
    if (nowMs < settlesAtMs && alarm.closedAtMs <= nowMs) return { do: "look", atMs: settlesAtMs };
    return { do: "settle", recovery: announcedAtMs !== undefined && !muted };
  }
  if (muted) return { do: "look", atMs: Math.min(mutedUntilMs, nowMs + bounds.longestSettleMs) };
  return { do: "announce" };
}
