/** A disk that fails does so more than once: what was in doubt for so long is counted together. */
const DOUBT_MS = 2000;
const MOST = 10_000;

/** Repositories in which a step failed in the midst of a change, so that nobody knows whether it happened. They are counted again soon. */
export class Doubts implements AsyncDisposable {
  readonly #count: (path: string) => Promise<void>;
  readonly #warn: (error: unknown) => void;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  /** `count` has a repository counted; what it throws goes to `warn`. */
  constructor({ count, warn }: { readonly count: (path: string) => Promise<void>; readonly warn: (error: unknown) => void }) {
    this.#count = count;
    this.#warn = warn;
  }

  /** Never throws; of more than 10 000 repositories at once the rest waits for the count that comes by itself. */
  add(path: string): void {
    if (this.#timers.has(path) || this.#timers.size >= MOST) return;
    this.#timers.set(path, setTimeout(() => void this.#ask(path), DOUBT_MS).unref());
  }

  /** Asks for what is still to be asked for. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const [path, timer] of this.#timers) {
      clearTimeout(timer);
      await this.#ask(path);
    }
  }

  async #ask(path: string): Promise<void> {
    this.#timers.delete(path);
    await this.#count(path).catch(this.#warn);
  }
}
