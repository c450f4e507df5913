import type { AlarmKind } from "#model/alarm.ts";
import type { Rhythm, ThingState } from "#model/thing.ts";
import type { Moment } from "../removal/may-remove.ts";
import { afterRest, type RestDays } from "./rest-days.ts";

/** What is known of a thing. */
export interface ThingFacts {
  /**
   * When good backups have come, by the hub's clock of that moment, in any order; the last few are enough. Not when an archive says it
   * was made: that time never goes back within an account, so after a clock that was ahead it would say that all is well for years.
   */
  readonly arrivedAtMs: readonly number[];
  /** From when on something is expected: when the thing, or its rhythm, was set. Counts as long as nothing has come. */
  readonly expectedSinceMs: number;
  /** Undefined while nobody can say. */
  readonly rhythm: (Rhythm & { readonly restDays?: RestDays | undefined }) | undefined;
  /** When uploads were refused or broke off, in any order; those before the last good one do not matter. */
  readonly failedAtMs: readonly number[];
  /** When its bytes were last found to be what they were; undefined before the first time. */
  readonly provenAtMs: number | undefined;
  /** How old that may be; undefined where nothing is read again. */
  readonly proofAgeMs: number | undefined;
  /** Until when nobody wants to be told, infinite for ever; undefined when that is not so. */
  readonly pausedUntilMs: number | undefined;
  /** Kinds of its open alarms. */
  readonly alarms: readonly AlarmKind[];
}

export interface DueState {
  readonly state: ThingState;
  /** When the next backup is expected, and from when on it is late; undefined where no rhythm says so. */
  readonly dueAtMs: number | undefined;
  readonly lateAtMs: number | undefined;
  /** When the last good backup came that is not in the future; undefined when there is none. */
  readonly lastGoodAtMs: number | undefined;
  /** When the state will be another one if nothing happens until then: the moment to look again. Undefined when time alone changes nothing. */
  readonly changesAtMs: number | undefined;
}

/** A client that repeats a broken upload has done so by then: five or six tries take a minute or two. */
const FAILURE_SETTLES_MS = 15 * 60_000;
/** The clocks of two processes differ by so much and nobody minds. */
const SLACK_MS = 60_000;

/** Alarms that say: what has come may be no backup. Others are about silence and refusals, which the facts tell themselves, or not about the thing. */
const SPEAKS_AGAINST: ReadonlySet<AlarmKind> = new Set(["size", "chain", "damage"]);

/**
 * How a thing is doing, and until when that stays so. What is worse wins: failing, late, unproven.
 *
 * Clocks: nothing begins to be late, unproven or unpaused before the earlier of the two times that `now` gives says so: a clock that
 * jumps ahead makes nothing late. And nothing that was so before (`was`, the state found last) ends by that before the later one says so:
 * a clock that is set back makes nothing safe. A backup from the future is left out, or it would be good until then.
 */
export function dueState(facts: ThingFacts, now: Moment, was: ThingState | undefined): DueState {
  const lastGoodAtMs = latest(facts.arrivedAtMs.filter((atMs) => atMs <= now.latestMs + SLACK_MS));
  const due = dueTimes(facts, lastGoodAtMs);
  const times = { ...due, ...turningPoints(facts, lastGoodAtMs) };
  const hasArrived = facts.arrivedAtMs.length > 0;
  const state = stateAt(facts, times, hasArrived, now, was);
  return { state, ...due, lastGoodAtMs, changesAtMs: nextChange(facts, times, hasArrived, now, state) };
}

/** When a backup is expected after one at `atMs`, its grace not included. */
export function dueAfter(atMs: number, rhythm: NonNullable<ThingFacts["rhythm"]>): number {
  const dueAtMs = atMs + rhythm.intervalMs;
  return rhythm.restDays === undefined ? dueAtMs : afterRest(dueAtMs, rhythm.restDays);
}

interface DueTimes {
  readonly dueAtMs: number | undefined;
  readonly lateAtMs: number | undefined;
}

/** Undefined: never. */
interface Times extends DueTimes {
  readonly failingAtMs: number | undefined;
  readonly unprovenAtMs: number | undefined;
}

function dueTimes({ rhythm, expectedSinceMs }: ThingFacts, lastGoodAtMs: number | undefined): DueTimes {
  if (rhythm === undefined) return { dueAtMs: undefined, lateAtMs: undefined };
  const dueAtMs = dueAfter(lastGoodAtMs ?? expectedSinceMs, rhythm);
  return { dueAtMs, lateAtMs: dueAtMs + rhythm.graceMs };
}

function turningPoints(facts: ThingFacts, lastGoodAtMs: number | undefined): Pick<Times, "failingAtMs" | "unprovenAtMs"> {
  const failedAtMs = earliest(facts.failedAtMs.filter((atMs) => atMs > (lastGoodAtMs ?? Number.NEGATIVE_INFINITY)));
  // What has come was hashed on its way in: until somebody reads it again that is as good.
  const provenAtMs = facts.provenAtMs ?? earliest(facts.arrivedAtMs);
  const provable = provenAtMs !== undefined && facts.proofAgeMs !== undefined;
  return {
    failingAtMs: failedAtMs === undefined ? undefined : failedAtMs + FAILURE_SETTLES_MS,
    unprovenAtMs: provable ? provenAtMs + facts.proofAgeMs : undefined,
  };
}

function stateAt(facts: ThingFacts, times: Times, hasArrived: boolean, now: Moment, was: ThingState | undefined): ThingState {
  const since = (atMs: number | undefined, state: ThingState) =>
    atMs !== undefined && (now.earliestMs >= atMs || (was === state && now.latestMs >= atMs));
  if (facts.pausedUntilMs !== undefined && !hasEnded(facts.pausedUntilMs, now, was)) return "paused";
  if (facts.alarms.some((kind) => SPEAKS_AGAINST.has(kind)) || since(times.failingAtMs, "failing")) return "failing";
  if (since(times.lateAtMs, "late")) return "late";
  if (!hasArrived) return "new";
  return since(times.unprovenAtMs, "unproven") ? "unproven" : "safe";
}

/** A pause that was over does not come back with an old clock. */
function hasEnded(untilMs: number, now: Moment, was: ThingState | undefined): boolean {
  return now.earliestMs >= untilMs || (was !== undefined && was !== "paused" && now.latestMs >= untilMs);
}

/** The first of the moments ahead at which another state is found. */
function nextChange(facts: ThingFacts, times: Times, hasArrived: boolean, now: Moment, state: ThingState): number | undefined {
  return [times.lateAtMs, times.failingAtMs, times.unprovenAtMs, facts.pausedUntilMs]
    .filter((atMs) => atMs !== undefined)
    .filter((atMs) => Number.isFinite(atMs) && atMs > now.earliestMs)
    .sort((one, other) => one - other)
    .find((atMs) => {
      const then = { earliestMs: atMs, latestMs: Math.max(atMs, now.latestMs) };
      return stateAt(facts, times, hasArrived, then, state) !== state;
    });
}

function latest(times: readonly number[]): number | undefined {
  return times.length === 0 ? undefined : Math.max(...times);
}

function earliest(times: readonly number[]): number | undefined {
  return times.length === 0 ? undefined : Math.min(...times);
}
