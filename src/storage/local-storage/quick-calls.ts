import type { Soon } from "../disk/disk.ts";

// Waiting for the disk takes no more of the loop's time than a fiftieth, and a burst.
const REST_TIMES = 50;
const LONGEST_REST_MS = 10_000;

export interface QuickCallsOptions {
  /** False for file systems where any call may hang, those over a network. */
  readonly allowed: boolean;
  /** A call that takes longer waits for the disk, or was interrupted by other programs; 5 by default. */
  readonly slowMs?: number;
  /** So much of it does not matter; 20 by default. */
  readonly burstMs?: number;
}

/**
 * Makes short system calls directly, without the thread pool: a third of the cost where the page cache answers.
 * Those that take longer than `slowMs` are added up. When they come to more than `burstMs` and a fiftieth of the time since, the thread
 * pool makes the calls until they no longer do, for ten seconds at most, so that a slow disk holds up nobody for long.
 */
export class QuickCalls {
  readonly #options: Required<QuickCallsOptions>;
  #restsUntilMs = 0;
  #slowMs = 0;
  #slowAtMs = 0;

  constructor({ allowed, slowMs = 5, burstMs = 20 }: QuickCallsOptions) {
    this.#options = { allowed, slowMs, burstMs };
  }

  /** Whether they are made directly just now. */
  get areDirect(): boolean {
    return this.#options.allowed && performance.now() >= this.#restsUntilMs;
  }

  /** The result of `now`, or the promise of `later` while calls are slow. */
  run<Result>(now: () => Result, later: () => Promise<Result>): Soon<Result> {
    const startedAtMs = performance.now();
    if (!this.#options.allowed || startedAtMs < this.#restsUntilMs) return later();
    try {
      return now();
    } finally {
      const endedAtMs = performance.now();
      if (endedAtMs - startedAtMs > this.#options.slowMs) this.#wasSlow(endedAtMs, endedAtMs - startedAtMs);
    }
  }

  #wasSlow(nowMs: number, tookMs: number): void {
    this.#slowMs = Math.max(0, this.#slowMs - (nowMs - this.#slowAtMs) / REST_TIMES) + tookMs;
    this.#slowAtMs = nowMs;
    const restMs = Math.min((this.#slowMs - this.#options.burstMs) * REST_TIMES, LONGEST_REST_MS);
    if (restMs > 0) this.#restsUntilMs = nowMs + restMs;
  }
}
