import { dueAfter, type ThingFacts } from "./due-state.ts";

/**
 * What a day was like.
 *
 * - `running`   one is coming right now; only today
 * - `failed`    at least one was refused or broke off
 * - `late`      nothing came although it was due, its grace included
 * - `unproven`  it came, or nothing was due, but its bytes had not been read again for too long
 * - `good`      what came was stored
 * - `quiet`     nothing was due
 * - `none`      the thing was not there yet, or nobody wanted to be told
 */
export type DayState = "running" | "failed" | "late" | "unproven" | "good" | "quiet" | "none";

export interface DayCell {
  /** `2026-11-21` */
  readonly day: string;
  /** 23 or 25 hours long where clocks change. */
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly state: DayState;
  readonly arrived: number;
  readonly failed: number;
}

/** What the days of a thing are told from. Days before the first arrival in it, or before `expectedSinceMs`, are not judged. */
export interface StripFacts extends Pick<ThingFacts, "arrivedAtMs" | "failedAtMs" | "expectedSinceMs" | "rhythm"> {
  readonly running: boolean;
  /** Half-open times in which nobody wanted to be told. */
  readonly pauses: readonly { readonly fromMs: number; readonly untilMs: number }[];
  /** Since when its proof has been too old; undefined when it is not. */
  readonly unprovenSinceMs: number | undefined;
}

const DAYS = 30;

/**
 * The last 30 days of a thing, today last, as days of `timeZone` (an IANA name). Days that are past are judged by the rhythm of today:
 * what was learned since is how it always should have been. What lies in the future, because a clock was ahead, is left out.
 */
export function dayStrip(facts: StripFacts, { nowMs, timeZone }: { readonly nowMs: number; readonly timeZone: string }): DayCell[] {
  const today = Temporal.Instant.fromEpochMilliseconds(Math.floor(nowMs)).toZonedDateTimeISO(timeZone).toPlainDate();
  const startOf = (ago: number) => today.subtract({ days: ago }).toZonedDateTime(timeZone).epochMilliseconds;
  const past = (times: readonly number[]) => times.filter((atMs) => atMs <= nowMs).toSorted((one, other) => one - other);
  const [arrivals, failures] = [past(facts.arrivedAtMs), past(facts.failedAtMs)];
  const lateTimes = findLateTimes(facts, arrivals);
  return Array.from({ length: DAYS }, (_, at) => {
    const ago = DAYS - 1 - at;
    const [startsAtMs, endsAtMs] = [startOf(ago), startOf(ago - 1)];
    const within = (atMs: number) => atMs >= startsAtMs && atMs < endsAtMs;
    const counted = { arrived: arrivals.filter(within).length, failed: failures.filter(within).length };
    const isToday = ago === 0;
    const seenMs = Math.min(endsAtMs, nowMs + 1); // the rest of today has not been
    const state = stateOf({
      ...counted,
      running: isToday && facts.running,
      late: lateTimes.some(({ fromMs, untilMs }) => fromMs < seenMs && untilMs > startsAtMs),
      paused: facts.pauses.some(({ fromMs, untilMs }) => fromMs < endsAtMs && untilMs > startsAtMs),
      before: endsAtMs <= (arrivals[0] === undefined ? facts.expectedSinceMs : Math.min(arrivals[0], facts.expectedSinceMs)),
      unproven: facts.unprovenSinceMs !== undefined && facts.unprovenSinceMs < seenMs,
    });
    return { day: today.subtract({ days: ago }).toString(), startsAtMs, endsAtMs, state, ...counted };
  });
}

interface Day {
  readonly arrived: number;
  readonly failed: number;
  readonly running: boolean;
  readonly late: boolean;
  readonly paused: boolean;
  readonly before: boolean;
  readonly unproven: boolean;
}

function stateOf(day: Day): DayState {
  if (day.running) return "running";
  if (day.failed > 0) return "failed";
  if (day.arrived > 0) return day.unproven ? "unproven" : "good";
  if (day.before || day.paused) return "none";
  if (day.late) return "late";
  return day.unproven ? "unproven" : "quiet";
}

/** The times in which something was late: from the end of the grace until the next one came. */
function findLateTimes(facts: StripFacts, arrivals: readonly number[]): { fromMs: number; untilMs: number }[] {
  const { rhythm, expectedSinceMs } = facts;
  if (rhythm === undefined) return [];
  const starts = arrivals.length > 0 ? arrivals : [expectedSinceMs];
  return starts
    .map((atMs, at) => ({
      fromMs: dueAfter(atMs, rhythm) + rhythm.graceMs,
      untilMs: starts[at + 1] ?? Number.POSITIVE_INFINITY,
    }))
    .filter(({ fromMs, untilMs }) => fromMs < untilMs);
}

/** What a day was like, in one sentence for a person. */
export function daySentence({ state, arrived, failed }: DayCell): string {
  const came = arrived === 1 ? "1 backup came" : `${arrived} backups came`;
  switch (state) {
    case "running":
      return arrived === 0 ? "A backup is coming right now." : `${came}, and another is coming right now.`;
    case "failed":
      return `${arrived === 0 ? "Nothing good came" : came}, and ${failed === 1 ? "1 upload" : `${failed} uploads`} failed.`;
    case "late":
      return "Nothing came, although a backup was due.";
    case "unproven":
      return `${arrived === 0 ? "Nothing was due" : came}, but nobody had read the bytes again for too long.`;
    case "good":
      return `${came}.`;
    case "quiet":
      return "Nothing came, and nothing was due.";
    case "none":
      return "Nothing was expected.";
  }
}
