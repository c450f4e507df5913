import type { Soon } from "../disk/disk.ts";

const SLOW_MS = 5;
// Waiting for the disk takes no more of the loop's time than a fiftieth, and a burst: a call that looks slow may only have been interrupted
// by other programs.
const REST_TIMES = 50;
const BURST_MS = 20;
const LONGEST_REST_MS = 10_000;

/**
 * Makes short system calls directly, without the thread pool: a third of the cost where the page cache answers.
 * Those that take longer than 5 ms are added up. When they come to more than 20 ms and a fiftieth of the time since, the thread pool makes
 * the calls until they no longer do, for ten seconds at most, so that a slow disk holds up nobody for long.
 */
export class QuickCalls {
  readonly #allowed: boolean;
  #restsUntilMs = 0;
  #slowMs = 0;
  #slowAtMs = 0;

  /** `allowed`: false for file systems where any call may hang, those over a network. */
  constructor({ allowed }: { readonly allowed: boolean }) {
    this.#allowed = allowed;
  }

  /** Whether they are made directly just now. */
  get areDirect(): boolean {
    return this.#allowed && performance.now() >= this.#restsUntilMs;
  }

  /** The result of `now`, or the promise of `later` while calls are slow. */
  run<Result>(now: () => Result, later: () => Promise<Result>): Soon<Result> {
    const startedAtMs = performance.now();
    if (!this.#allowed || startedAtMs < this.#restsUntilMs) return later();
    try {
      return now();
    } finally {
      const endedAtMs = performance.now();
      if (endedAtMs - startedAtMs > SLOW_MS) this.#wasSlow(endedAtMs, endedAtMs - startedAtMs);
    }
  }

  #wasSlow(nowMs: number, tookMs: number): void {
    this.#slowMs = Math.max(0, this.#slowMs - (nowMs - this.#slowAtMs) / REST_TIMES) + tookMs;
    this.#slowAtMs = nowMs;
    const restMs = Math.min((this.#slowMs - BURST_MS) * REST_TIMES, LONGEST_REST_MS);
    if (restMs > 0) this.#restsUntilMs = nowMs + restMs;
  }
}
