/** A bound on work at once, with a bounded queue before it, served in order. */
export class Slots {
  readonly #atOnce: number;
  readonly #waitingAtMost: number;
  readonly #refuse: () => Error;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** `refuse` makes what is thrown when `waiting` are already in the queue. */
  constructor(bounds: { readonly atOnce: number; readonly waiting: number }, refuse: () => Error) {
    this.#atOnce = bounds.atOnce;
    this.#waitingAtMost = bounds.waiting;
    this.#refuse = refuse;
  }

  /** Runs `work` when its turn has come. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running >= this.#atOnce) {
      if (this.#waiting.length >= this.#waitingAtMost) throw this.#refuse();
      await new Promise<void>((resolve) => this.#waiting.push(resolve)); // whoever ends hands its slot on
    } else {
      this.#running += 1;
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
