import { escapeUnprintable } from "#lib/unprintable.ts";
import type { Alarm } from "#model/alarm.ts";
import { THING_STATES, type ThingState } from "#model/thing.ts";
import { dayName, named, plural, spanText } from "./verdict-words.ts";

const DAY_MS = 86_400_000;

/** A thing as the verdict sees it. */
export interface JudgedThing {
  /** As alarms name it: `thing 12`. */
  readonly subject: string;
  readonly name: string;
  readonly state: ThingState;
  /** When a backup was expected; undefined where nobody can say. */
  readonly dueAtMs: number | undefined;
  /** When it was last good; undefined when nothing has come. */
  readonly lastGoodAtMs: number | undefined;
  /** When its bytes were last read again; undefined before the first time. */
  readonly provenAtMs: number | undefined;
  /** Somebody can say when it is late. */
  readonly watched: boolean;
}

/** What all things share. */
export interface HubCondition {
  /** Copies that are not what they were. `mending`: another copy takes their place. */
  readonly damaged: readonly { readonly subject: string; readonly name: string; readonly mending: boolean }[];
  /** When the disk is full if it goes on like this, now or earlier when it is; undefined when nothing says so. */
  readonly diskFullAtMs: number | undefined;
  /** Open alarms that are about no single thing, such as a guard that has stopped a sweep; the one that matters most first. */
  readonly alarms: readonly Pick<Alarm, "subject" | "summary">[];
}

export const VERDICT_REASONS = ["damage", "disk_full", "failing", "late", "alarm", "disk_filling", "unproven", "new", "unwatched"] as const;

/** Why it is not all good, from the worst on; stable, so that a button can be bound to it. */
export type VerdictReason = (typeof VERDICT_REASONS)[number];

export interface Verdict {
  /** `safe` is green and has to be earned; `idle` is no data. */
  readonly tone: "safe" | "attention" | "failing" | "idle";
  /** One sentence with its full stop: the worst that is true. */
  readonly sentence: string;
  /** At most three, the worst first, each with a sentence and the subject that it is most about. */
  readonly reasons: readonly { readonly code: VerdictReason; readonly sentence: string; readonly subject: string | undefined }[];
  readonly counts: Readonly<Record<ThingState, number>>;
}

const MOST_REASONS = 3;
/** A disk that lasts longer than this is no reason yet. */
const FILLING_MS = 14 * DAY_MS;

/** How it all is, the same for page, API, command line and mail. Reads `things` once. Dates are of `timeZone`, an IANA name. */
export function judge(
  things: Iterable<JudgedThing>,
  hub: HubCondition,
  now: { readonly nowMs: number; readonly timeZone: string },
): Verdict {
  const tally = count(things);
  const causes = findCauses(tally, hub, now);
  const [worst] = causes;
  const calm = worst === undefined || worst.code === "unwatched";
  return {
    tone: calm ? calmTone(tally) : TONES[worst.code],
    sentence: calm ? calmSentence(tally) : worst.headline,
    reasons: causes.slice(0, MOST_REASONS).map(({ code, sentence, subject }) => ({ code, sentence, subject })),
    counts: tally.counts,
  };
}

const TONES: Readonly<Record<VerdictReason, Verdict["tone"]>> = {
  damage: "failing",
  disk_full: "failing",
  failing: "failing",
  late: "failing",
  alarm: "attention",
  disk_filling: "attention",
  unproven: "attention",
  new: "idle",
  unwatched: "safe",
};

interface Tally {
  readonly counts: Record<ThingState, number>;
  readonly total: number;
  /** Of each state the one that has been so for longest. */
  readonly worst: ReadonlyMap<ThingState, JudgedThing>;
  /** When anything of what is unproven was proven last. */
  readonly lastProvenAtMs: number | undefined;
  readonly unwatched: { readonly count: number; readonly first: JudgedThing | undefined };
}

function count(things: Iterable<JudgedThing>): Tally {
  const counts = Object.fromEntries(THING_STATES.map((state) => [state, 0])) as Record<ThingState, number>; // fromEntries forgets the keys
  const worst = new Map<ThingState, JudgedThing>();
  let total = 0;
  let unwatched = 0;
  let first: JudgedThing | undefined;
  let lastProvenAtMs: number | undefined;
  for (const thing of things) {
    counts[thing.state] += 1;
    total += 1;
    const other = worst.get(thing.state);
    if (other === undefined || worseSince(thing) < worseSince(other)) worst.set(thing.state, thing);
    if (thing.state === "unproven" && thing.provenAtMs !== undefined)
      lastProvenAtMs = Math.max(lastProvenAtMs ?? thing.provenAtMs, thing.provenAtMs);
    if (thing.state === "safe" && !thing.watched) {
      unwatched += 1;
      first ??= thing;
    }
  }
  return { counts, total, worst, lastProvenAtMs, unwatched: { count: unwatched, first } };
}

function worseSince({ state, dueAtMs, lastGoodAtMs, provenAtMs }: JudgedThing): number {
  const since = state === "late" ? dueAtMs : state === "unproven" ? (provenAtMs ?? Number.NEGATIVE_INFINITY) : lastGoodAtMs;
  return since ?? Number.NEGATIVE_INFINITY;
}

interface Cause {
  readonly code: VerdictReason;
  /** The whole verdict when nothing is worse. */
  readonly headline: string;
  readonly sentence: string;
  readonly subject: string | undefined;
}

type Now = Parameters<typeof judge>[2];

/** All that is not good, the worst first. */
function findCauses(tally: Tally, hub: HubCondition, { nowMs, timeZone }: Now): Cause[] {
  const { diskFullAtMs } = hub;
  const causes = [...damageCauses(hub.damaged)];
  if (diskFullAtMs !== undefined && diskFullAtMs <= nowMs) causes.push(plain("disk_full", "The disk is full: nothing more can be stored."));
  causes.push(...ofState(tally, "failing", { one: () => "is failing", many: ({ name }) => `are failing, ${name} for the longest time` }));
  causes.push(
    ...ofState(tally, "late", {
      one: ({ dueAtMs }) => `is ${spanText(nowMs - (dueAtMs ?? nowMs))} late`,
      many: ({ name, dueAtMs }) => `are late, ${name} by ${spanText(nowMs - (dueAtMs ?? nowMs))}`,
    }),
  );
  const [alarm] = hub.alarms;
  if (alarm !== undefined) causes.push(plain("alarm", escapeUnprintable(alarm.summary), alarm.subject));
  if (diskFullAtMs !== undefined && diskFullAtMs > nowMs && diskFullAtMs - nowMs < FILLING_MS) {
    causes.push(plain("disk_filling", `The disk is full ${dayName(diskFullAtMs, nowMs, timeZone)} at this rate.`));
  }
  causes.push(...unprovenCauses(tally, nowMs));
  causes.push(...ofState(tally, "new", { one: () => "has not sent anything yet", many: () => "have not sent anything yet" }));
  causes.push(...unwatchedCauses(tally));
  return causes;
}

function plain(code: VerdictReason, sentence: string, subject?: string): Cause {
  return { code, headline: sentence, sentence, subject };
}

function damageCauses(damaged: HubCondition["damaged"]): Cause[] {
  const first = damaged.find(({ mending }) => !mending) ?? damaged[0];
  if (first === undefined) return [];
  const more = damaged.length - 1;
  const rest = more === 0 ? "" : `, and ${plural(more, "other copy is", "other copies are")} damaged too`;
  return [
    plain("damage", `A copy of ${named(first.name)} is damaged${first.mending ? " and is being brought back" : ""}${rest}.`, first.name),
  ];
}

/** What is said of one thing, and of several, of which the worst is handed in with its name in quotes. */
interface Words {
  readonly one: (thing: JudgedThing) => string;
  readonly many: (worst: JudgedThing) => string;
}

function ofState(tally: Tally, state: "failing" | "late" | "unproven" | "new", words: Words): Cause[] {
  const thing = tally.worst.get(state);
  if (thing === undefined) return [];
  const count = tally.counts[state];
  const name = named(thing.name);
  const about = count === 1 ? `${name} ${words.one(thing)}` : `${count} things ${words.many({ ...thing, name })}`;
  return [{ code: state, headline: headlineOf(tally, state, about), sentence: `${about}.`, subject: thing.subject }];
}

function headlineOf({ counts, total }: Tally, state: ThingState, about: string): string {
  const wanted = total - counts.paused;
  if (state === "new" && counts.new === wanted) return NOTHING;
  return counts.safe === 0 ? `${about}.` : `${counts.safe} of ${wanted} things ${counts.safe === 1 ? "is" : "are"} safe; ${about}.`;
}

function unprovenCauses(tally: Tally, nowMs: number): Cause[] {
  const since = (thing: JudgedThing) => (thing.provenAtMs === undefined ? undefined : spanText(nowMs - thing.provenAtMs));
  const causes = ofState(tally, "unproven", {
    one: (thing) => (since(thing) === undefined ? "has never been proven" : `has not been proven for ${since(thing)}`),
    many: (thing) => `have not been proven for too long, ${thing.name} ${since(thing) === undefined ? "never" : `for ${since(thing)}`}`,
  });
  const all = tally.counts.unproven > 1 && tally.counts.unproven === tally.total - tally.counts.paused;
  const newest = tally.lastProvenAtMs;
  const headline =
    newest === undefined
      ? "Everything arrives, but nothing has ever been proven."
      : `Everything arrives, but nothing has been proven for ${spanText(nowMs - newest)}.`;
  return all ? causes.map((cause) => ({ ...cause, headline })) : causes;
}

/** Silence that nobody would notice is no cause of worry yet, and no cause for calm either. */
function unwatchedCauses({ unwatched: { count, first } }: Tally): Cause[] {
  if (first === undefined) return [];
  const whose = count === 1 ? `the next backup of ${named(first.name)} is` : `the next backups of ${count} things are`;
  return [plain("unwatched", `Nobody can say yet when ${whose} due, so silence would not be noticed.`, first.subject)];
}

const NOTHING = "Nothing is protected yet.";

function calmTone({ counts, total }: Tally): Verdict["tone"] {
  return counts.safe > 0 && counts.safe === total - counts.paused ? "safe" : "idle";
}

function calmSentence({ counts, total, worst }: Tally): string {
  if (total === 0) return NOTHING;
  const name = named((worst.get("safe") ?? worst.get("paused"))?.name ?? "");
  if (counts.paused === total) return total === 1 ? `${name} is paused.` : `All ${total} things are paused.`;
  const safe = counts.safe === 1 ? `${name} is safe` : `All ${counts.safe} things are safe`;
  return counts.paused === 0 ? `${safe}.` : `${safe}; ${plural(counts.paused, "thing is", "things are")} paused.`;
}
