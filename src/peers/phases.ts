import type { Limits } from "#limits.ts";
import { WayOutError } from "./way-out.ts";

/** Deadlines of one call: of the whole and of the part it is in. `signal` aborts with the first of them, or with the caller's own. */
export class Phases implements Disposable {
  readonly signal: AbortSignal;
  readonly #at: string;
  readonly #late = new AbortController();
  readonly #whole: NodeJS.Timeout;
  #part: NodeJS.Timeout | undefined;

  /** `at` is the host and port as errors may name them. */
  constructor(at: string, limits: Limits, signal: AbortSignal) {
    this.#at = at;
    this.signal = AbortSignal.any([signal, this.#late.signal]);
    this.#whole = this.#timer("finish", limits.outgoingDeadlineMs);
  }

  /** Ends the part before, and gives the next so long to `do` what it says: `connect`. */
  begin(doWhat: string, timeoutMs: number): void {
    clearTimeout(this.#part);
    this.#part = this.#timer(doWhat, timeoutMs);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#whole);
    clearTimeout(this.#part);
  }

  #timer(doWhat: string, timeoutMs: number): NodeJS.Timeout {
    const late = () => this.#late.abort(new WayOutError("timeout", `${this.#at} did not ${doWhat} within ${timeoutMs / 1000} s.`));
    return setTimeout(late, timeoutMs);
  }
}
