const SLICE_MS = 10;

/**
 * The event loop, shared by work that would hold it up. All of that work together has one slice of 10 ms in each round of the loop,
 * because many who each took their own would hold it up as long as one who takes all. Ask `isOver` often, and wait for `next` when it is.
 */
export class Turns {
  readonly #clock: () => number;
  readonly #waiting: (() => void)[] = []; // as many as there are requests in work, which others bound
  #endsMs: number | undefined;

  /** `clock` tells milliseconds that never jump. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /** Whether the slice of this round of the event loop is used up. */
  isOver(): boolean {
    return this.#clock() >= (this.#endsMs ?? this.#begin());
  }

  /** Resolves in a later round, when those who waited before have had theirs. */
  async next(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    if (this.#endsMs === undefined) this.#begin();
    await promise;
  }

  #begin(): number {
    this.#endsMs = this.#clock() + SLICE_MS;
    setImmediate(() => this.#end());
    return this.#endsMs;
  }

  #end(): void {
    this.#endsMs = undefined;
    const wake = this.#waiting.shift();
    if (wake === undefined) return;
    this.#begin();
    wake();
  }
}

/** Those of this thread: it has one event loop. */
export const turns = new Turns();
