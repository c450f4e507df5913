/** The pause before the second try; each further one is twice as long. */
const FIRST_PAUSE_MS = 250;
/** Tries within `WINDOW_MS` that come soon because nobody serves: a start costs a second of processor time, so these are a sixth of one. */
const MOST_SOON = 10;
const WINDOW_MS = 60_000;

/** What counts when a worker has died. */
export interface Death {
  /** How many in this worker's place died soon after their start, one after the other, this one included. */
  readonly earlyDeaths: number;
  /** Nobody serves, and nobody is about to. */
  readonly isNobodyThere: boolean;
  readonly nowMs: number;
}

/**
 * How long the next worker in a place waits. The pauses are for workers that die by themselves soon after their start, so they grow with
 * what has become of those before in the same place, however many others die beside them. While nobody serves, the first of the next ones
 * waits for `FIRST_PAUSE_MS` at most; not where none has served since the last time, and not more than `MOST_SOON` times in a minute,
 * so that workers which die of their start, or of the first request, do not take a processor for it.
 */
export class ReplacementPause {
  readonly #mostMs: number;
  #soonAtMs: readonly number[] = [];
  #hasServed = true;

  constructor(options: { readonly mostMs: number }) {
    this.#mostMs = options.mostMs;
  }

  /** One serves. */
  served(): void {
    this.#hasServed = true;
  }

  /** In milliseconds; 0 for one that is followed at once. */
  after({ earlyDeaths, isNobodyThere, nowMs }: Death): number {
    const pauseMs = earlyDeaths <= 1 ? 0 : Math.min(this.#mostMs, FIRST_PAUSE_MS * 2 ** (earlyDeaths - 2));
    if (pauseMs <= FIRST_PAUSE_MS || !isNobodyThere || !this.#hasServed) return pauseMs;
    this.#soonAtMs = this.#soonAtMs.filter((atMs) => nowMs - atMs < WINDOW_MS);
    if (this.#soonAtMs.length >= MOST_SOON) return pauseMs;
    this.#soonAtMs = [...this.#soonAtMs, nowMs];
    this.#hasServed = false;
    return FIRST_PAUSE_MS;
  }
}
