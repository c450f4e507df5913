import { HubError } from "#model/hub-error.ts";
import type { Attempt, FailureThrottle } from "./failure-throttle.ts";

const WAITING = 1024; // each is a request that is held

/** One password or token that is about to be looked at. Disposing it without a word counts nothing: nobody has looked. */
export interface Guess extends Disposable {
  /** Whether this login has signed in from there before. */
  readonly isProven: boolean;
  failed(): void;
  succeeded(): void;
}

/** Counts failed sign-ins for all processes of a hub. */
export interface GuessCounter {
  /**
   * Takes an attempt in, to be called before its secret is looked at; undefined when it is to be refused unseen. Until the guess is
   * settled it counts as a failure: those whose turn it is not yet wait. Throws `overloaded`, and `unavailable` when nobody counts.
   */
  enter(attempt: Attempt): Promise<Guess | undefined>;
}

/**
 * The counter itself, in the one process that counts. However many look at passwords at the same time, no more are looked at than
 * `failuresPerWindow` allows.
 */
export class Guesses implements GuessCounter {
  readonly #throttle: FailureThrottle;
  readonly #isProven: (attempt: Attempt) => Promise<boolean>;
  readonly #waiting = new Set<() => void>();

  /** `isProven`: whether the database knows that this login has signed in from there. It never rejects. */
  constructor(throttle: FailureThrottle, isProven: (attempt: Attempt) => Promise<boolean>) {
    this.#throttle = throttle;
    this.#isProven = isProven;
  }

  async enter(attempt: Attempt, signal?: AbortSignal): Promise<Guess | undefined> {
    const throttle = this.#throttle;
    if (!throttle.knows(attempt) && (await this.#isProven(attempt))) throttle.proven(attempt);
    while (!throttle.blocks(attempt)) {
      if (signal?.aborted === true) return undefined;
      if (!throttle.isFull(attempt)) return this.#take(attempt);
      await this.#nextSettled(signal);
    }
    return undefined;
  }

  #take(attempt: Attempt): Guess {
    const look = this.#throttle.look(attempt);
    let isSettled = false;
    const settle = (count: () => void) => {
      if (isSettled) return;
      isSettled = true;
      look[Symbol.dispose]();
      count();
      for (const wake of this.#waiting) wake();
      this.#waiting.clear();
    };
    return {
      isProven: this.#throttle.knows(attempt),
      failed: () => settle(() => this.#throttle.failed(attempt)),
      succeeded: () => settle(() => this.#throttle.succeeded(attempt)),
      [Symbol.dispose]: () => settle(() => undefined),
    };
  }

  async #nextSettled(signal: AbortSignal | undefined): Promise<void> {
    if (this.#waiting.size >= WAITING) throw new HubError("overloaded", "Too many sign-ins at once; try again in a moment");
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    signal?.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    this.#waiting.delete(resolve);
  }
}
