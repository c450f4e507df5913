import type { Counted, UseChange } from "#db/flush-use.ts";
import { noUse } from "#model/quota.ts";
import { addEffect, type Change, type Effect, isHalfSeen, Recount } from "./recount.ts";

/**
 * What this process does in one repository: what has changed and is not written down yet, and the block of bytes it has drawn from the
 * quotas. The database counts the whole block as used, so whatever happens to this process, no more than that was stored.
 */
export class Tally {
  readonly path: string;
  /** The account whose quota counts; of a repository without a row, as it will be. */
  ownerId: number | null;
  /** What uploads under way have taken of the block. */
  reservedBytes = 0;
  /** What waits for a draw. */
  waitingBytes = 0;
  /** One draw at a time, for all that wait. Never rejects. */
  drawing: Promise<void> | undefined;
  /** Changes on their way. */
  readonly changes = new Set<Change>();
  #generation = 0;
  #isUnbacked = false;
  #blockBytes = 0;
  /** Stored out of the block and not written down yet. */
  #settledBytes = 0;
  /** To be handed back and not given to anybody else here: a clean-up's, which lie beyond the limit. */
  #returnBytes = 0;
  #delta = noUse();
  #hasChanged = false;
  #lastSnapshotAtMs: number | undefined;
  #touchedAtMs = performance.now();
  #recount: Recount | undefined;
  #counted: (Omit<Counted, "use"> & { readonly recount: Recount }) | undefined;

  constructor(path: string, ownerId: number | null) {
    this.path = path;
    this.ownerId = ownerId;
  }

  /** What the next upload may take without asking anybody. */
  get freeBytes(): number {
    return this.#blockBytes - this.reservedBytes - this.#settledBytes - this.#returnBytes;
  }

  /** Whether something was stored that no block covers: what others draw may be too much until it is written down. */
  get isUnbacked(): boolean {
    return this.#isUnbacked;
  }

  /** Another number means that nothing which was taken before is held any more. */
  get generation(): number {
    return this.#generation;
  }

  get hasBlock(): boolean {
    return this.#blockBytes > 0;
  }

  /** The count that runs, or waits to be written down. */
  get recount(): Recount | undefined {
    return this.#recount;
  }

  /** Whether there is nothing left to remember. */
  get isIdle(): boolean {
    return this.#blockBytes === 0 && !this.#hasChanged && this.changes.size === 0 && this.waitingBytes === 0 && this.#recount === undefined;
  }

  /** Whether something has changed, or is about to, that others do not know of. */
  get isBusy(): boolean {
    return this.#hasChanged || this.changes.size > 0;
  }

  /** Nothing was taken or told here for that long. */
  isQuietFor(ms: number): boolean {
    return performance.now() - this.#touchedAtMs > ms;
  }

  granted(bytes: number): void {
    this.#blockBytes += bytes;
  }

  take(bytes: number): void {
    this.reservedBytes += bytes;
    this.#touchedAtMs = performance.now();
  }

  /** `heldBytes` of the block were taken, and `storedBytes` of them are stored; the others are free again, or handed back. */
  release(heldBytes: number, storedBytes: number, handBack: boolean): void {
    this.reservedBytes -= heldBytes;
    const settled = Math.min(heldBytes, storedBytes);
    this.#settledBytes += settled;
    if (handBack) this.#returnBytes += heldBytes - settled;
  }

  /** An object has come, gone, or been replaced. `isBacked`: out of the block, or with no need of it. `snapshotAtMs` for a new snapshot. */
  tell(change: Change, effect: Effect, { isBacked, snapshotAtMs }: { readonly isBacked: boolean; readonly snapshotAtMs?: number }): void {
    addEffect(this.#delta, change.object.type, effect);
    this.#hasChanged = true;
    if (!isBacked) this.#isUnbacked = true;
    this.#touchedAtMs = performance.now();
    this.#lastSnapshotAtMs = snapshotAtMs ?? this.#lastSnapshotAtMs;
    this.changes.delete(change);
    this.#recount?.tell(change, effect, this.changes);
  }

  /** A count begins. Throws when there is one already. */
  beginRecount(): Recount {
    if (this.#recount !== undefined) throw new Error(`${this.path} is being counted already`);
    this.#recount = new Recount();
    return this.#recount;
  }

  /** The count has ended; `counted` is undefined when it came to nothing. Its sum goes on with what is told until it is written down. */
  endRecount(counted: Omit<Counted, "use"> | undefined): void {
    if (counted !== undefined && this.#recount !== undefined) {
      this.#counted = { ...counted, recount: this.#recount };
    } else {
      this.#recount = undefined;
    }
    if (this.#recount === undefined) this.#forgetSeen();
  }

  /** What is to be written down now, and handed back; undefined for nothing. From here on it counts as written. */
  takeChange(handBackFree: boolean): UseChange | undefined {
    const returnBytes = this.#returnBytes + (handBackFree ? Math.max(0, this.freeBytes) : 0);
    const isCounted = this.#counted !== undefined && !this.changes.values().some(isHalfSeen);
    if (!this.#hasChanged && !isCounted && returnBytes === 0 && this.#settledBytes === 0) return undefined;
    const counted = this.#takeCounted();
    const blockBytes = this.#settledBytes + returnBytes;
    const change = {
      path: this.path,
      ownerId: this.ownerId,
      delta: this.#delta,
      lastSnapshotAtMs: this.#lastSnapshotAtMs,
      blockBytes,
      counted,
    };
    this.#blockBytes -= blockBytes;
    this.#settledBytes = 0;
    this.#returnBytes = 0;
    this.#delta = noUse();
    this.#hasChanged = false;
    this.#isUnbacked = false;
    this.#lastSnapshotAtMs = undefined;
    return change;
  }

  /** Others have taken this process for dead: nothing that it had drawn is its own any more, and what is under way is counted later. */
  forgetBlock(): void {
    this.#generation += 1;
    this.reservedBytes = 0;
    this.#blockBytes = 0;
    this.#settledBytes = 0;
    this.#returnBytes = 0;
    this.#recount = undefined;
    this.#counted = undefined;
    this.#forgetSeen();
  }

  /** The count, when it has ended and nothing is half told of what it found; else it waits for a later batch. */
  #takeCounted(): Counted | undefined {
    if (this.#counted === undefined || this.changes.values().some(isHalfSeen)) return undefined;
    const { recount, newestSnapshotAtMs, folderMark } = this.#counted;
    this.#counted = undefined;
    this.#recount = undefined;
    this.#forgetSeen();
    return { use: recount.use, newestSnapshotAtMs, folderMark };
  }

  #forgetSeen(): void {
    for (const change of this.changes) delete change.seen;
  }
}
