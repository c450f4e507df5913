import type { Soon } from "../disk/disk.ts";

const SLOW_MS = 5;
const REST_MS = 10_000;

/**
 * Makes short system calls directly, without the thread pool: a third of the cost where the page cache answers.
 * After one that took longer than 5 ms the thread pool makes them for ten seconds, so that a slow disk holds up nobody.
 */
export class QuickCalls {
  readonly #allowed: boolean;
  #restsUntilMs = 0;

  /** `allowed`: false for file systems where any call may hang, those over a network. */
  constructor({ allowed }: { readonly allowed: boolean }) {
    this.#allowed = allowed;
  }

  /** The result of `now`, or the promise of `later` while calls are slow. */
  run<Result>(now: () => Result, later: () => Promise<Result>): Soon<Result> {
    const startedAtMs = performance.now();
    if (!this.#allowed || startedAtMs < this.#restsUntilMs) return later();
    try {
      return now();
    } finally {
      const endedAtMs = performance.now();
      if (endedAtMs - startedAtMs > SLOW_MS) this.#restsUntilMs = endedAtMs + REST_MS;
    }
  }
}
