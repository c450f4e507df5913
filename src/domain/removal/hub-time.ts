import type { Database } from "#db/database.ts";
import type { Clock } from "#model/clock.ts";
import type { Moment } from "./may-remove.ts";

/** How much more slowly than the machine's own clock time is taken to go on from the latest that was told: so drift does not add up for ever. */
const CAUTION = 0.001;

/** How far the wall clock and the monotonic one may drift apart between two looks before it counts as a jump. */
const JUMP_MS = 60_000;

/** An hour of the trash is noted again when it is still in use after this long. */
export const HOUR_NOTED_MS = 30 * 60_000;

/**
 * Time that a wrong clock cannot make pass: the wall clock held against the machine's monotonic one, and how long the hub has run,
 * counted in the database across restarts.
 */
export class HubTime {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #monotonic: Clock;
  readonly #startedAt: { readonly wallMs: number; readonly monotonicMs: number };
  #counted: { readonly wallMs: number; readonly monotonicMs: number };
  #jumped = false;
  /** The latest time in the database, as last seen, and where time is at least since then. */
  #seenMs: number;
  #latest: { readonly atMs: number; readonly monotonicMs: number };
  #noted: { readonly hour: string; readonly atMs: number; readonly done: Promise<void> } | undefined;

  /** `monotonic`: milliseconds that never go back nor jump, from any beginning. `seenMs`: the latest time that the database knows of. */
  constructor({
    database,
    clock,
    monotonic = () => performance.now(),
    seenMs = 0,
  }: { readonly database: Database; readonly clock: Clock; readonly monotonic?: Clock; readonly seenMs?: number }) {
    this.#database = database;
    this.#clock = clock;
    this.#monotonic = monotonic;
    this.#startedAt = this.#counted = { wallMs: clock(), monotonicMs: monotonic() };
    this.#seenMs = seenMs;
    this.#latest = { atMs: seenMs, monotonicMs: this.#counted.monotonicMs };
  }

  /**
   * The present, between what the wall clock says and where it would be had it not been touched since this process began; at the latest
   * also where it would be since the latest time that any hub on this database has told.
   */
  moment(): Moment {
    const { wallMs, steadyMs } = this.#clocks();
    return { earliestMs: Math.min(wallMs, steadyMs), latestMs: Math.max(wallMs, steadyMs, this.#atLeastMs()) };
  }

  /** The present for whatever lets go when its time has come: windows, logins, tokens, overlaps. A clock that is set back opens none of them again. */
  latestMs(): number {
    return this.moment().latestMs;
  }

  /** The present by the clocks of this process alone, for what goes into the trash: how long it stays is counted. */
  trashMs(): number {
    const { wallMs, steadyMs } = this.#clocks();
    return Math.max(wallMs, steadyMs);
  }

  /** How far the wall clock is behind the latest time that any hub on this database has told; 0 when it is not. */
  get behindMs(): number {
    return Math.max(0, this.#atLeastMs() - this.#clock());
  }

  /** Counts on, and resolves to how long the hub has run. */
  async count(): Promise<number> {
    return await this.#advance(this.#elapse());
  }

  /** Whether the wall clock has not gone on like the monotonic one since the last `forgetJump`: nothing that hangs on it should go on. */
  get jumped(): boolean {
    this.#elapse({ counts: false });
    return this.#jumped;
  }

  forgetJump(): void {
    this.#jumped = false;
  }

  /** Notes how long the hub has run for hours of the trash that have no note. */
  async noteFound(hours: readonly string[]): Promise<void> {
    await this.#advance({ ...this.#elapse(), hours, onlyNew: true });
  }

  /**
   * To be awaited before something goes into an hour of the trash: from now on the hub must run for as long as it is to be kept there,
   * also when the wall clock has been set back and the hour is an old one. One write for each hour.
   */
  async noteUsed(hour: string): Promise<void> {
    const noted = this.#noted;
    if (noted !== undefined && noted.hour === hour && this.#monotonic() - noted.atMs < HOUR_NOTED_MS) return await noted.done;
    const done = this.#advance({ ...this.#elapse(), hours: [hour] }).then(() => undefined);
    const own = { hour, atMs: this.#monotonic(), done };
    this.#noted = own;
    try {
      await done;
    } catch (error) {
      if (this.#noted === own) this.#noted = undefined;
      throw error;
    }
  }

  async #advance(input: { readonly elapsedMs: number; readonly nowMs: number; readonly hours?: readonly string[]; onlyNew?: boolean }) {
    const { runningMs, wallMs } = await this.#database.write("advanceHubClock", {
      ...input,
      atLeastMs: this.#atLeastMs(),
      seenMs: this.#seenMs,
    });
    // Only a reset makes it go back.
    if (wallMs < this.#seenMs || wallMs > this.#atLeastMs()) this.#latest = { atMs: wallMs, monotonicMs: this.#monotonic() };
    this.#seenMs = wallMs;
    return runningMs;
  }

  #clocks(): { readonly wallMs: number; readonly steadyMs: number } {
    return { wallMs: this.#clock(), steadyMs: this.#startedAt.wallMs + this.#monotonic() - this.#startedAt.monotonicMs };
  }

  #atLeastMs(): number {
    return Math.floor(this.#latest.atMs + (this.#monotonic() - this.#latest.monotonicMs) * (1 - CAUTION));
  }

  /** What has passed since the last call. Should the write that it is for fail, the time is not counted: the trash keeps things longer. */
  #elapse({ counts = true }: { readonly counts?: boolean } = {}): { readonly elapsedMs: number; readonly nowMs: number } {
    const [wallMs, monotonicMs] = [this.#clock(), this.#monotonic()];
    const elapsedMs = monotonicMs - this.#counted.monotonicMs;
    if (Math.abs(wallMs - this.#counted.wallMs - elapsedMs) > JUMP_MS) this.#jumped = true;
    if (counts) this.#counted = { wallMs, monotonicMs };
    return { elapsedMs, nowMs: wallMs };
  }
}
