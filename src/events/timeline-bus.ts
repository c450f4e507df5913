/** Wakes whoever follows the timeline. It carries no lines: each reader reads on from where it is, so none can be overrun. */
export class TimelineBus {
  readonly #watch: (told: () => void) => Disposable;
  readonly #waiting = new Set<() => void>();
  #followers = 0;
  #watching: Disposable | undefined;
  #mark = 0;

  /** `watch` tells of changes that others make, until it is disposed; it is asked only while somebody follows. */
  constructor(watch: (told: () => void) => Disposable) {
    this.#watch = watch;
  }

  /** The timeline may have changed. */
  tell(): void {
    this.#mark += 1;
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** Begins to follow, until it is disposed. */
  follow(): Following {
    this.#followers += 1;
    this.#watching ??= this.#watch(() => this.tell());
    return {
      mark: () => this.#mark,
      changedSince: (mark, signal, mostMs) => this.#changedSince(mark, signal, mostMs),
      [Symbol.dispose]: () => {
        this.#followers -= 1;
        if (this.#followers > 0) return;
        this.#watching?.[Symbol.dispose]();
        this.#watching = undefined;
      },
    };
  }

  async #changedSince(mark: number, signal: AbortSignal, mostMs: number | undefined): Promise<void> {
    if (this.#mark !== mark || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    const wake = () => resolve();
    signal.addEventListener("abort", wake);
    const timer = mostMs === undefined ? undefined : setTimeout(wake, mostMs);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", wake);
      this.#waiting.delete(resolve);
    }
  }
}

export interface Following extends Disposable {
  /** To be taken before reading: what changes while one reads is then not slept through. */
  mark(): number;
  /** Resolves when the timeline may have changed since the mark was taken, `mostMs` have passed, or `signal` aborts. */
  changedSince(mark: number, signal: AbortSignal, mostMs?: number): Promise<void>;
}
