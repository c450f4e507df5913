import { RecentMap } from "#lib/recent-map.ts";
import type { Limits } from "#limits.ts";
import type { Clock } from "#model/clock.ts";
import type { HubError, HubErrorCode } from "#model/hub-error.ts";
import type { ObjectName, ObjectType, RepositoryPath } from "#model/repository.ts";
import { actorOf, type Visitor } from "../access/visitor.ts";
import type { OpenRepository } from "../repositories/open-repository.ts";
import { Refusals } from "./refusals.ts";
import { RepositoryVisit, type VisitPlace } from "./repository-visit.ts";
import type { Timeline } from "./timeline.ts";

const TICK_MS = 1000;
const LOCKED_REPOSITORIES = 10_000;

/**
 * Refusals that somebody should know of: who is known tried what they may not, or backups no longer fit on the disk. A quota has lines of
 * its own (`quota.warning`); others are the client's faults or the machine's.
 */
const TOLD: ReadonlySet<HubErrorCode> = new Set(["forbidden", "append_only", "already_exists", "too_large", "storage_full"]);

export interface ActivityOptions {
  readonly timeline: Pick<Timeline, "record" | "begin">;
  readonly clock: Clock;
  readonly limits: Pick<Limits, "activitySessions" | "activitySilenceMs" | "activityQuietMs">;
  /** A clock that nobody sets, for waits. */
  readonly elapsedMs?: () => number;
}

/**
 * Knows what each client is doing in each repository, from what the verbs tell after the fact, and writes it into the timeline as a
 * person would say it: a backup arrived, a clean-up ran. All of it in memory and bounded. No call here waits or throws.
 */
export class RepositoryActivity implements Disposable {
  readonly #timeline: Pick<Timeline, "record" | "begin">;
  readonly #clock: Clock;
  readonly #limits: ActivityOptions["limits"];
  readonly #elapsedMs: () => number;
  /** In the order of their last use, so that the first is the one to give up when there are too many. */
  readonly #visits = new Map<string, RepositoryVisit>();
  readonly #refusals: Refusals;
  /** Repositories in which somebody has taken a lock, for those who look after stale ones. */
  readonly locked = new RecentMap<string, RepositoryPath>(LOCKED_REPOSITORIES);
  #timer: NodeJS.Timeout | undefined;

  constructor({ timeline, clock, limits, elapsedMs = () => performance.now() }: ActivityOptions) {
    this.#timeline = timeline;
    this.#clock = clock;
    this.#limits = limits;
    this.#elapsedMs = elapsedMs;
    this.#refusals = new Refusals(timeline);
  }

  /** An object is stored now. `isNew`: nothing of that name was there before. */
  stored(repository: OpenRepository, object: ObjectName, what: { readonly sizeBytes: number; readonly isNew: boolean }): void {
    if (object.type === "locks") this.locked.set(repository.path.text, repository.path);
    this.#visitOf(repository).stored(object, what, this.#elapsedMs());
  }

  /** An object that was there is gone. */
  removed(repository: OpenRepository, object: ObjectName, what: { readonly sizeBytes: number }): void {
    this.#visitOf(repository).removed(object, what, this.#elapsedMs());
  }

  /** The objects of a type were listed. */
  listed(repository: OpenRepository, type: ObjectType): void {
    if (type === "data") this.#visitOf(repository).listedPacks(this.#elapsedMs());
  }

  /** A damaged object was replaced by a right upload. */
  healed(repository: OpenRepository, object: ObjectName): void {
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
    if (!TOLD.has(error.code)) return;
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
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const visit of this.#visits.values()) visit.interrupt();
    this.#visits.clear();
    this.#refusals.end();
  }

  #visitOf(repository: OpenRepository): RepositoryVisit {
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

function placeOf({ actor, origin, path }: OpenRepository): VisitPlace {
  const account = actor.kind === "account" ? actor.name : undefined;
  return { actor, account, repository: path.text, door: origin?.door, address: origin?.address, client: origin?.client };
}
