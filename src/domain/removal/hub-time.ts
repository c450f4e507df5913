import type { Database } from "#db/database.ts";
import type { Clock } from "#model/clock.ts";
import type { Moment } from "./may-remove.ts";

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
  #noted: { readonly hour: string; readonly atMs: number; readonly done: Promise<void> } | undefined;

  /** `monotonic`: milliseconds that never go back nor jump, from any beginning. */
  constructor({
    database,
    clock,
    monotonic = () => performance.now(),
  }: { readonly database: Database; readonly clock: Clock; readonly monotonic?: Clock }) {
    this.#database = database;
    this.#clock = clock;
    this.#monotonic = monotonic;
    this.#startedAt = this.#counted = { wallMs: clock(), monotonicMs: monotonic() };
  }

  /** The present, between what the wall clock says and where it would be had it not been touched since this process began. */
  moment(): Moment {
    const wallMs = this.#clock();
    const steadyMs = this.#startedAt.wallMs + this.#monotonic() - this.#startedAt.monotonicMs;
    return { earliestMs: Math.min(wallMs, steadyMs), latestMs: Math.max(wallMs, steadyMs) };
  }

  /** Counts on, and resolves to how long the hub has run. */
  async count(): Promise<number> {
    const { elapsedMs, wallMs } = this.#elapse();
    return (await this.#database.write("advanceHubClock", { elapsedMs, nowMs: wallMs })).runningMs;
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
    const { elapsedMs, wallMs } = this.#elapse();
    await this.#database.write("advanceHubClock", { elapsedMs, nowMs: wallMs, hours, onlyNew: true });
  }

  /**
   * To be awaited before something goes into an hour of the trash: from now on the hub must run for as long as it is to be kept there,
   * also when the wall clock has been set back and the hour is an old one. One write for each hour.
   */
  async noteUsed(hour: string): Promise<void> {
    const noted = this.#noted;
    if (noted !== undefined && noted.hour === hour && this.#monotonic() - noted.atMs < HOUR_NOTED_MS) return await noted.done;
    const { elapsedMs, wallMs } = this.#elapse();
    const done = this.#database.write("advanceHubClock", { elapsedMs, nowMs: wallMs, hours: [hour] }).then(() => undefined);
    const own = { hour, atMs: this.#monotonic(), done };
    this.#noted = own;
    try {
      await done;
    } catch (error) {
      if (this.#noted === own) this.#noted = undefined;
      throw error;
    }
  }

  /** What has passed since the last call. Should the write that it is for fail, the time is not counted: the trash keeps things longer. */
  #elapse({ counts = true }: { readonly counts?: boolean } = {}): { readonly elapsedMs: number; readonly wallMs: number } {
    const [wallMs, monotonicMs] = [this.#clock(), this.#monotonic()];
    const elapsedMs = monotonicMs - this.#counted.monotonicMs;
    if (Math.abs(wallMs - this.#counted.wallMs - elapsedMs) > JUMP_MS) this.#jumped = true;
    if (counts) this.#counted = { wallMs, monotonicMs };
    return { elapsedMs, wallMs };
  }
}
