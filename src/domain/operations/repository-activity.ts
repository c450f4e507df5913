import type { Limits } from "#limits.ts";
import type { Clock } from "#model/clock.ts";
import type { HubError } from "#model/hub-error.ts";
import type { ObjectName, ObjectType } from "#model/repository.ts";
import { actorOf, type Visitor } from "../access/visitor.ts";
import type { ActivityPlace, ActivitySink } from "./activity-sink.ts";
import { FactOrder } from "./fact-order.ts";
import { LockedRepositories } from "./locked-repositories.ts";
import { isToldOf, Refusals } from "./refusals.ts";
import { RepositoryVisit, type VisitPlace } from "./repository-visit.ts";
import type { Timeline } from "./timeline.ts";

const TICK_MS = 1000;

/** Longer than a worker takes to tell: with what comes later a line may be wrong. */
const HOLD_MS = 1000;
const HELD_FACTS = 50_000;

export interface ActivityOptions {
  readonly timeline: Pick<Timeline, "record" | "begin">;
  readonly clock: Clock;
  readonly limits: Pick<Limits, "activitySessions" | "activitySilenceMs" | "activityQuietMs">;
  /** A clock that nobody sets, for waits. */
  readonly elapsedMs?: () => number;
  /** Is given each repository in which somebody takes a lock. */
  readonly locked?: LockedRepositories;
  /** One that all processes of the machine share, for what they tell. */
  readonly machineMs?: () => number;
}

/**
 * Knows what each client is doing in each repository, from what the verbs tell after the fact, and writes it into the timeline as a
 * person would say it: a backup arrived, a clean-up ran. All of it in memory and bounded. No call here waits or throws.
 */
export class RepositoryActivity implements ActivitySink {
  readonly #timeline: Pick<Timeline, "record" | "begin">;
  readonly #clock: Clock;
  readonly #limits: ActivityOptions["limits"];
  readonly #elapsedMs: () => number;
  /** In the order of their last use, so that the first is the one to give up when there are too many. */
  readonly #visits = new Map<string, RepositoryVisit>();
  readonly #refusals: Refusals;
  readonly #locked: LockedRepositories;
  /** What workers have told and is not taken yet. */
  readonly #told: FactOrder<(activity: ActivitySink) => void>;
  /** How long ago that happened which is being taken. */
  #agoMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ActivityOptions) {
    const {
      timeline,
      clock,
      limits,
      locked = new LockedRepositories(),
      elapsedMs = () => performance.now(),
      machineMs = elapsedMs,
    } = options;
    this.#locked = locked;
    this.#timeline = timeline;
    this.#clock = () => clock() - this.#agoMs;
    this.#limits = limits;
    this.#elapsedMs = () => elapsedMs() - this.#agoMs;
    this.#refusals = new Refusals(timeline);
    const take = (fact: (activity: ActivitySink) => void, atMs: number) => {
      this.#agoMs = Math.round(machineMs() - atMs);
      try {
        fact(this);
      } finally {
        this.#agoMs = 0;
      }
    };
    this.#told = new FactOrder({ holdMs: HOLD_MS, most: HELD_FACTS, nowMs: machineMs, take });
  }

  /**
   * Another process of this hub tells what happened at `atMs` by `machineMs`. It is taken a moment later, in the order in which it all
   * happened: the end of a visit may be told before the last object of another connection.
   */
  happened(atMs: number, fact: (activity: ActivitySink) => void): void {
    this.#told.add(fact, atMs);
  }

  /** An object is stored now. `isNew`: nothing of that name was there before. */
  stored(repository: ActivityPlace, object: ObjectName, what: { readonly sizeBytes: number; readonly isNew: boolean }): void {
    if (object.type === "locks") this.#locked.add(repository.path);
    this.#visitOf(repository).stored(object, what, this.#elapsedMs());
  }

  /** An object that was there is gone. */
  removed(repository: ActivityPlace, object: ObjectName, what: { readonly sizeBytes: number }): void {
    this.#visitOf(repository).removed(object, what, this.#elapsedMs());
  }

  /** The objects of a type were listed. */
  listed(repository: ActivityPlace, type: ObjectType): void {
    if (type === "data") this.#visitOf(repository).listedPacks(this.#elapsedMs());
  }

  /** A damaged object was replaced by a right upload. */
  healed(repository: ActivityPlace, object: ObjectName): void {
    const atMs = this.#clock();
    const name = object.type === "config" ? "config" : `${object.type}/${object.id}`;
    this.#timeline.record({
      kind: "object.healed",
      status: "succeeded",
      startedAtMs: atMs,
      endedAtMs: atMs,
      ...placeOf(repository),
      summary: `A damaged object was replaced by a right upload: ${name.slice(0, 24)}`,
      details: { object: name },
    });
  }

  /** A visitor was refused; `asked` is what for: `DELETE snapshots/3f2a...`. */
  refused(where: { readonly text: string } | undefined, visitor: Visitor, error: HubError, asked?: string): void {
    if (!isToldOf(error)) return;
    const { door, address, client } = visitor.origin;
    const place = { actor: actorOf(visitor), account: visitor.accountName, repository: where?.text, door, address, client };
    this.#refusals.add({ ...place, code: error.code, reason: error.message, asked }, { nowMs: this.#elapsedMs(), atMs: this.#clock() });
    this.#keepTime();
  }

  /** Ends what has been silent for long enough. Called every second while there is something to wait for. */
  tick(): void {
    const nowMs = this.#elapsedMs();
    for (const [key, visit] of this.#visits) if (!visit.tick(nowMs, this.#limits)) this.#visits.delete(key);
    this.#refusals.tick(nowMs);
    if (this.#visits.size > 0 || !this.#refusals.isEmpty) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Tells of all that goes on that it was interrupted. To be called before the timeline closes. */
  [Symbol.dispose](): void {
    this.#told.releaseAll();
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const visit of this.#visits.values()) visit.interrupt();
    this.#visits.clear();
    this.#refusals.end();
  }

  #visitOf(repository: ActivityPlace): RepositoryVisit {
    const { actor, origin } = repository;
    const who = "login" in actor ? actor.login : "name" in actor ? actor.name : "";
    const key = `${actor.kind}\0${who}\0${origin?.address}\0${repository.path.text}`;
    let visit = this.#visits.get(key);
    if (visit !== undefined) this.#visits.delete(key);
    else visit = new RepositoryVisit(this.#timeline, this.#clock, placeOf(repository), this.#elapsedMs());
    this.#visits.set(key, visit);
    if (this.#visits.size > this.#limits.activitySessions) {
      for (const [oldest, given] of this.#visits) {
        given.end("too many clients are at work to follow it");
        this.#visits.delete(oldest);
        break;
      }
    }
    this.#keepTime();
    return visit;
  }

  #keepTime(): void {
    this.#timer ??= setInterval(() => this.tick(), TICK_MS).unref();
  }
}

function placeOf({ actor, origin, path }: ActivityPlace): VisitPlace {
  const account = actor.kind === "account" ? actor.name : undefined;
  return { actor, account, repository: path.text, door: origin?.door, address: origin?.address, client: origin?.client };
}
