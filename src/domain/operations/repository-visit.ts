import { formatBytes } from "#lib/format-bytes.ts";
import { RecentMap } from "#lib/recent-map.ts";
import type { Clock } from "#model/clock.ts";
import type { NewOperation, OperationKind } from "#model/operation.ts";
import type { ObjectName } from "#model/repository.ts";
import { ObjectTally, type TalliedType } from "./object-tally.ts";
import type { RunningOperation } from "./running-operation.ts";
import type { Timeline } from "./timeline.ts";

/** Who is at work where, as every line of the visit tells it. */
export type VisitPlace = Required<Pick<NewOperation, "actor" | "account" | "repository" | "door" | "address" | "client">>;

interface Stored {
  readonly type: TalliedType;
  readonly id: string;
}

// A client takes an old snapshot away right after it has stored the new one; what comes later has nothing to do with it.
const PAIR_MS = 10_000;
const RECENT = 64;
const LOCKS = 64;
const PENDING = 100;

export interface VisitLimits {
  readonly activitySilenceMs: number;
  readonly activityQuietMs: number;
}

interface Changes {
  readonly operation: RunningOperation;
  readonly added: ObjectTally;
  readonly removed: ObjectTally;
}

/**
 * One client (login and address) at one repository, read from what it stores and removes (spec/restic-rest.md section 2.2): packs and
 * indexes and then a snapshot are a backup, also a snapshot alone; a snapshot followed at once by the removal of another is one
 * rewritten; what goes besides is a clean-up, and so is what is stored by a client that has listed all packs, as prune does and a backup never.
 * With the client's last lock a command has ended. Two commands of one client at once are counted together.
 */
export class RepositoryVisit {
  readonly #timeline: Pick<Timeline, "record" | "begin">;
  readonly #clock: Clock;
  readonly #place: VisitPlace;
  readonly #locks = new Set<string>();
  /** What was stored last, in case its answer was lost: restic then removes it and stores it again (section 0 row 8). */
  readonly #recent = new RecentMap<string, { readonly tally: ObjectTally; readonly sizeBytes: number }>(RECENT);
  #hasListedPacks = false;
  #touchedMs: number;

  #added = new ObjectTally();
  #backup: RunningOperation | undefined;
  #snapshots: { readonly id: string; readonly sizeBytes: number; readonly storedAtMs: number }[] = [];

  #rewrite: { readonly operation: RunningOperation; snapshots: number; readonly added: ObjectTally } | undefined;
  #cleanup: Changes | undefined;
  #keys: Changes | undefined;

  /** `nowMs` is on the clock that `tick` goes by. */
  constructor(timeline: Pick<Timeline, "record" | "begin">, clock: Clock, place: VisitPlace, nowMs: number) {
    this.#timeline = timeline;
    this.#clock = clock;
    this.#place = place;
    this.#touchedMs = nowMs;
  }

  /** It has asked for the names of all packs. */
  listedPacks(nowMs: number): void {
    this.#touchedMs = nowMs;
    this.#hasListedPacks = true;
  }

  stored(object: ObjectName, { sizeBytes, isNew }: { readonly sizeBytes: number; readonly isNew: boolean }, nowMs: number): void {
    this.#touchedMs = nowMs;
    const { type } = object;
    if (type === "locks") {
      if (this.#locks.size < LOCKS) this.#locks.add(object.id);
    } else if (isNew && type === "config") {
      this.#storedConfig(sizeBytes);
    } else if (isNew && type === "snapshots") {
      if (this.#snapshots.length >= PENDING) this.#settleSnapshots();
      this.#snapshots.push({ id: object.id, sizeBytes, storedAtMs: this.#clock() });
    } else if (isNew && type === "keys") {
      this.#count({ type, id: object.id }, sizeBytes, this.#keyChange().added);
      this.#reportKeys();
    } else if (isNew && type !== "config") {
      this.#storedData({ type, id: object.id }, sizeBytes);
    }
  }

  removed(object: ObjectName, { sizeBytes }: { readonly sizeBytes: number }, nowMs: number): void {
    this.#touchedMs = nowMs;
    const { type } = object;
    if (type === "locks") {
      if (this.#locks.delete(object.id) && this.#locks.size === 0) this.end("it took its lock away");
    } else if (type !== "config" && this.#takeBack({ type, id: object.id })) {
      // Nothing has happened.
    } else if (type === "keys") {
      this.#keyChange().removed.add(type, sizeBytes);
      this.#reportKeys();
    } else if (type === "snapshots" && this.#snapshots.length > 0) {
      this.#rewriteOne();
    } else {
      this.#settleSnapshots();
      this.#cleaning().removed.add(type, sizeBytes);
      this.#reportCleanup();
    }
  }

  /** What time alone brings to an end. False when there is nothing left to wait for. */
  tick(nowMs: number, { activitySilenceMs, activityQuietMs }: VisitLimits): boolean {
    const silentMs = nowMs - this.#touchedMs;
    if (silentMs >= PAIR_MS) this.#settleSnapshots();
    if (silentMs >= activitySilenceMs) this.end("its client has fallen silent");
    else if (silentMs >= activityQuietMs && this.#locks.size === 0 && this.#backup === undefined) this.end("");
    return silentMs < activityQuietMs || this.#backup !== undefined || (this.#locks.size > 0 && silentMs < activitySilenceMs);
  }

  /** Tells of all that is open as it is now. `why` completes the sentence on a backup without a snapshot. */
  end(why: string): void {
    this.#settleSnapshots();
    if (this.#backup !== undefined) {
      const summary = `No snapshot followed what arrived: ${this.#added.text}; ${why}`;
      this.#backup.finish("failed", { endedAtMs: this.#clock(), summary, details: this.#added.details("added") });
      this.#backup = undefined;
      this.#added = new ObjectTally();
    }
    const endedAtMs = this.#clock();
    this.#cleanup?.operation.finish("succeeded", { endedAtMs });
    this.#rewrite?.operation.finish("succeeded", { endedAtMs });
    this.#cleanup = undefined;
    this.#rewrite = undefined;
    this.#settleKeys();
    this.#hasListedPacks = false;
    this.#recent.clear();
  }

  /** The hub stops: a client that comes back goes on with the next one. */
  interrupt(): void {
    this.#settleSnapshots();
    const summary = `The hub stopped while a backup arrived; until then: ${this.#added.text}`;
    this.#backup?.finish("interrupted", { endedAtMs: this.#clock(), summary, details: this.#added.details("added") });
    this.#backup = undefined;
    this.end("");
  }

  /** The last step of `init`; or of an upgrade, which removes the old one first. */
  #storedConfig(sizeBytes: number): void {
    if (this.#cleanup === undefined) {
      this.#settleKeys();
    } else {
      this.#cleanup.added.add("config", sizeBytes);
      this.#reportCleanup();
    }
  }

  #storedData(object: Stored, sizeBytes: number): void {
    this.#settleSnapshots();
    if (this.#rewrite !== undefined) {
      this.#count(object, sizeBytes, this.#rewrite.added);
      this.#reportRewrite();
    } else if (this.#hasListedPacks || this.#cleanup !== undefined) {
      this.#count(object, sizeBytes, this.#cleaning().added);
      this.#reportCleanup();
    } else {
      this.#count(object, sizeBytes, this.#added);
      this.#backup ??= this.#begin("backup.arrived", "");
      this.#backup.report({ summary: `A backup arrives: ${this.#added.text} so far`, details: this.#added.details("added") });
    }
  }

  #begin(kind: OperationKind, summary: string): RunningOperation {
    return this.#timeline.begin({ kind, startedAtMs: this.#clock(), ...this.#place, summary });
  }

  #count(object: Stored, sizeBytes: number, tally: ObjectTally): void {
    tally.add(object.type, sizeBytes);
    this.#recent.set(`${object.type}/${object.id}`, { tally, sizeBytes });
  }

  /** Whether it was stored a moment ago, and so goes only because the client does not know that it is here. */
  #takeBack(object: Stored): boolean {
    const pending = this.#snapshots.findIndex(({ id }) => object.type === "snapshots" && id === object.id);
    if (pending >= 0) {
      this.#snapshots.splice(pending, 1);
      return true;
    }
    const name = `${object.type}/${object.id}`;
    const recent = this.#recent.get(name);
    if (recent === undefined) return false;
    recent.tally.subtract(object.type, recent.sizeBytes);
    this.#recent.delete(name);
    return true;
  }

  /** The snapshots that were stored are backups: nothing was taken away for them. The first has all that came before it. */
  #settleSnapshots(): void {
    for (const { id, sizeBytes, storedAtMs } of this.#snapshots) {
      const added = this.#added;
      const news = added.objects === 0 ? "nothing new" : added.text;
      const summary = `A backup arrived: ${news}, snapshot ${id.slice(0, 8)}`;
      const details = { snapshot: id, snapshotBytes: sizeBytes, ...added.details("added") };
      if (this.#backup !== undefined) this.#backup.finish("succeeded", { endedAtMs: storedAtMs, summary, details });
      else {
        const times = { startedAtMs: storedAtMs, endedAtMs: storedAtMs };
        this.#timeline.record({ kind: "backup.arrived", status: "succeeded", ...times, ...this.#place, summary, details });
      }
      this.#backup = undefined;
      this.#added = new ObjectTally();
    }
    if (this.#snapshots.length > 0) this.#recent.clear();
    this.#snapshots = [];
  }

  /** The oldest snapshot that waits has taken the place of the one that was just removed. */
  #rewriteOne(): void {
    this.#snapshots.shift();
    this.#rewrite ??= { operation: this.#takeOver("snapshot.rewritten"), snapshots: 0, added: this.#takeAdded() };
    this.#rewrite.snapshots += 1;
    this.#reportRewrite();
  }

  #reportRewrite(): void {
    if (this.#rewrite === undefined) return;
    const { operation, snapshots, added } = this.#rewrite;
    const news = added.objects === 0 ? "no new data" : `${formatBytes(added.sizeBytes)} of new data`;
    const summary = `${snapshots} ${snapshots === 1 ? "snapshot was" : "snapshots were"} rewritten, ${news}`;
    operation.report({ kind: "snapshot.rewritten", summary, details: { snapshots, ...added.details("added") } });
  }

  /** The clean-up that goes on. Packs that looked like a backup's turn out to be its own. */
  #cleaning(): Changes {
    this.#cleanup ??= { operation: this.#takeOver("cleanup.run"), added: this.#takeAdded(), removed: new ObjectTally() };
    return this.#cleanup;
  }

  #takeOver(kind: OperationKind): RunningOperation {
    const operation = this.#backup ?? this.#begin(kind, "");
    this.#backup = undefined;
    return operation;
  }

  #takeAdded(): ObjectTally {
    const added = this.#added;
    this.#added = new ObjectTally();
    return added;
  }

  #reportCleanup(): void {
    if (this.#cleanup === undefined) return;
    const { operation, added, removed } = this.#cleanup;
    const parts = [...(removed.objects > 0 ? [`removed ${removed.text}`] : []), ...(added.objects > 0 ? [`wrote ${added.text}`] : [])];
    const summary = `Clean-up: ${parts.join(", ") || "nothing"}`;
    operation.report({ kind: "cleanup.run", summary, details: { ...removed.details("removed"), ...added.details("added") } });
  }

  #keyChange(): Changes {
    this.#keys ??= { operation: this.#begin("key.changed", ""), added: new ObjectTally(), removed: new ObjectTally() };
    return this.#keys;
  }

  #reportKeys(): void {
    if (this.#keys === undefined) return;
    const { operation, added, removed } = this.#keys;
    const [came, went] = [added.count("keys"), removed.count("keys")];
    const keys = (count: number) => (count === 1 ? "A key was" : `${count} keys were`);
    const summary = came > 0 && went > 0 ? `${keys(came)} replaced` : came > 0 ? `${keys(came)} added` : `${keys(went)} removed`;
    operation.report({ summary, details: { addedKeys: came, removedKeys: went } });
  }

  #settleKeys(): void {
    this.#keys?.operation.finish("succeeded", { endedAtMs: this.#clock() });
    this.#keys = undefined;
  }
}
