import type { Soon } from "../disk/disk.ts";

const SLOW_MS = 5;
// So that waiting for the disk takes no more of the loop's time than a fiftieth, however slow each call is.
const REST_TIMES = 50;
const LONGEST_REST_MS = 10_000;

/**
 * Makes short system calls directly, without the thread pool: a third of the cost where the page cache answers.
 * After one that took longer than 5 ms the thread pool makes them for fifty times as long, ten seconds at most, so that a slow disk holds
 * up nobody for long.
 */
export class QuickCalls {
  readonly #allowed: boolean;
  #restsUntilMs = 0;

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
      const tookMs = endedAtMs - startedAtMs;
      if (tookMs > SLOW_MS) this.#restsUntilMs = endedAtMs + Math.min(tookMs * REST_TIMES, LONGEST_REST_MS);
    }
  }
}
