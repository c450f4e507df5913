import type { Rhythm } from "#model/thing.ts";
import { dayOfWeek, findRestDays, hasEveryWeekday, type RestDays } from "./rest-days.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;

/** A rhythm that was found in what has come before. */
export interface LearnedRhythm extends Rhythm {
  readonly from: "learned";
  /** `irregular`: no rhythm, but so often that a silence twice as long as the longest one before is worth telling. */
  readonly kind: "regular" | "irregular";
  /** Days on which nothing is expected; undefined when there are none. */
  readonly restDays: RestDays | undefined;
}

/** With fewer gaps that agree, nothing is learned: four backups, three of their gaps alike. */
const ENOUGH_GAPS = 3;
/** ... and without a rhythm, from so many on the longest gap says something. */
const ENOUGH_IRREGULAR_GAPS = 9;
/** Of a rhythm, gaps may be shorter or longer by this share of it, and so many of them have to be. */
const TOLERANCE = 0.3;
const ON_TIME_SHARE = 0.7;
/** A gap as long as this is one backup late no more, but one missed: it says nothing about the grace. */
const MISSED_FACTOR = 1.75;
/** Older ones say how it was: a rhythm that changes is learned anew in this time, or in as many backups when they are rare. */
const WINDOW_MS = 8 * WEEK_MS;
const WINDOW_BACKUPS = 13;
const MOST_ARRIVALS = 4000;

/**
 * How often something comes, from when it has come, in any order; of more than four thousand the last ones count. Undefined when that is too
 * little to say. What comes together counts once, so bursts, repeated and split backups do not disturb; one backup that was missed
 * does not either. Why these figures: docs/decisions/027.
 */
export function learnRhythm(arrivedAtMs: readonly number[]): LearnedRhythm | undefined {
  const sorted = arrivedAtMs.toSorted((one, other) => one - other).slice(-MOST_ARRIVALS);
  const all = mergeBursts(sorted);
  const last = all.at(-1) ?? 0;

  const lately = sorted.filter((atMs) => atMs >= last - WINDOW_MS);
  const restDays = findRestDays(lately);
  if (restDays !== undefined) return weekdayRhythm(lately, restDays);

  const recent = mergeBursts(all.filter((atMs, at) => atMs >= last - WINDOW_MS || at >= all.length - WINDOW_BACKUPS));
  const gaps = gapsOf(recent);
  if (gaps.length < ENOUGH_GAPS) return undefined;

  const onTime = agreeing(gaps);
  if (onTime.length >= ENOUGH_GAPS && onTime.length >= ON_TIME_SHARE * gaps.length && isClear(sorted, recent, gaps)) {
    const intervalMs = plainInterval(median(onTime));
    const notMissed = gaps.filter((gap) => gap < MISSED_FACTOR * intervalMs);
    const graceMs = graceOf(
      intervalMs,
      notMissed.map((gap) => gap - intervalMs),
    );
    return regular({ intervalMs, graceMs: Math.max(graceMs, weekendGrace(intervalMs, recent)) });
  }
  return irregular(sorted.filter((atMs) => atMs >= (recent[0] ?? atMs)));
}

/** Backups that come when they come, as those of a laptop: bursts aside, enough of them tell how long a silence can be. */
function irregular(sorted: readonly number[]): LearnedRhythm | undefined {
  const gaps = gapsOf(sorted);
  const burstMs = BURST_SHARE * weightedMedian(gaps);
  if (gaps.filter((gap) => gap > burstMs).length < ENOUGH_IRREGULAR_GAPS) return undefined;
  const longestMs = Math.max(...gaps);
  return { intervalMs: longestMs, graceMs: longestMs, from: "learned", kind: "irregular", restDays: undefined };
}

function regular(found: { readonly intervalMs: number; readonly graceMs: number; readonly restDays?: RestDays }): LearnedRhythm {
  return { from: "learned", kind: "regular", restDays: undefined, ...found };
}

/** The gaps that are about as long as most of the time is cut into. */
function agreeing(gaps: readonly number[], tolerance = TOLERANCE): number[] {
  const typicalMs = weightedMedian(gaps);
  return gaps.filter((gap) => Math.abs(gap - typicalMs) <= tolerance * typicalMs);
}

/** From here to a half of the usual gap an arrival is neither part of a burst nor a backup of its own. */
const BURST_SHARE = 0.15;
const TIGHT_GAPS = 5;
const TIGHT_TOLERANCE = 0.1;
const TIGHT_SHARE = 0.9;

/**
 * Whether the rhythm is in what has come and not in how it was merged: of arrivals at random, too, the merged ones have gaps
 * that are somewhat alike. So either hardly anything comes in between, or what is left agrees far better than chance would have it.
 */
function isClear(sorted: readonly number[], merged: readonly number[], gaps: readonly number[]): boolean {
  if (gaps.length >= TIGHT_GAPS && agreeing(gaps, TIGHT_TOLERANCE).length >= TIGHT_SHARE * gaps.length) return true;
  const burstMs = BURST_SHARE * weightedMedian(gaps);
  const between = new Set<number>();
  let at = 0;
  for (const atMs of sorted) {
    while ((merged[at + 1] ?? Number.POSITIVE_INFINITY) <= atMs) at += 1;
    if (atMs - (merged[at] ?? atMs) > burstMs) between.add(at);
  }
  return between.size <= (1 - ON_TIME_SHARE) * merged.length;
}

/** A backup a day, but for the days of rest: of several on one day the first. */
function weekdayRhythm(events: readonly number[], restDays: RestDays): LearnedRhythm {
  const first = new Map<number, number>();
  for (const atMs of events) {
    const { day } = dayOfWeek(atMs, restDays.dayBeginsMs);
    if (!first.has(day)) first.set(day, atMs - day * DAY_MS);
  }
  const times = [...first.values()];
  const middleMs = median(times);
  return regular({
    intervalMs: DAY_MS,
    graceMs: graceOf(
      DAY_MS,
      times.map((time) => time - middleMs),
    ),
    restDays,
  });
}

/**
 * Until something has come on each day of the week nobody can tell a daily backup from one of weekdays: it may stay out for a weekend, so
 * that the first Saturday raises no alarm. After two weeks the days of rest would be known.
 */
function weekendGrace(intervalMs: number, recent: readonly number[]): number {
  const seenMs = (recent.at(-1) ?? 0) - (recent[0] ?? 0);
  if (intervalMs > DAY_MS || seenMs >= 2 * WEEK_MS || hasEveryWeekday(recent)) return 0;
  return 3 * DAY_MS + 2 * HOUR_MS - intervalMs;
}

const GRACE_FLOOR_SHARE = 1 / 6;
const LEAST_GRACE_MS = HOUR_MS / 2;
const MOST_GRACE_FLOOR_MS = 2 * DAY_MS;
const SPREAD_FACTOR = 2;

/**
 * Twice as late as nearly all came; never less than a sixth of the interval, because a backup that grows takes longer, and never more than
 * the interval: then a whole one is missing.
 */
function graceOf(intervalMs: number, deviations: readonly number[]): number {
  const late = deviations.map((deviation) => Math.max(deviation, 0)).sort((one, other) => one - other);
  const nearlyAll = late[Math.ceil(late.length * 0.9) - 1] ?? 0;
  const floorMs = Math.max(LEAST_GRACE_MS, Math.min(intervalMs * GRACE_FLOOR_SHARE, MOST_GRACE_FLOOR_MS));
  return Math.round(Math.min(Math.max(SPREAD_FACTOR * nearlyAll, floorMs), Math.max(intervalMs, LEAST_GRACE_MS)));
}

const PLAIN_HOURS = [0.25, 0.5, 1, 2, 3, 4, 6, 8, 12, 24, 48, 72, 168, 336];
/** Jitter and the change of clocks do not make `every 24 hours` another number. */
const PLAIN_TOLERANCE = 0.1;

/** The interval that a person would have written, where one is near; a month has 31 days. */
function plainInterval(typicalMs: number): number {
  const plain = PLAIN_HOURS.map((hours) => hours * HOUR_MS).find((ms) => Math.abs(ms - typicalMs) <= PLAIN_TOLERANCE * ms);
  if (plain !== undefined) return plain;
  if (typicalMs >= 27.5 * DAY_MS && typicalMs <= 31.5 * DAY_MS) return 31 * DAY_MS;
  return Math.max(Math.round(typicalMs / 60_000), 1) * 60_000;
}

/** Arrivals that lie closer together than half of what is usual are one backup, at the time of the first. */
function mergeBursts(sorted: readonly number[]): number[] {
  let merged = [...new Set(sorted)];
  // What looks usual among the pieces of a burst is not so once they are one.
  for (let round = 0; round < 4; round += 1) {
    const half = weightedMedian(gapsOf(merged)) / 2;
    const next: number[] = [];
    for (const atMs of merged) if (atMs - (next.at(-1) ?? Number.NEGATIVE_INFINITY) >= half) next.push(atMs);
    if (next.length === merged.length) break;
    merged = next;
  }
  return merged;
}

function gapsOf(sorted: readonly number[]): number[] {
  return sorted.slice(1).map((atMs, at) => atMs - (sorted[at] ?? atMs));
}

/** The gap in which the middle of all the time lies: a hundred short ones in a burst weigh no more than the minute that they take. */
function weightedMedian(gaps: readonly number[]): number {
  const sorted = gaps.toSorted((one, other) => one - other);
  const half = sorted.reduce((sum, gap) => sum + gap, 0) / 2;
  let sum = 0;
  for (const gap of sorted) {
    sum += gap;
    if (sum >= half) return gap;
  }
  return 0;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
