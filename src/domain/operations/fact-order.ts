const LOOKS_PER_HOLD = 4;

export interface FactOrderOptions<Fact> {
  /** How long a fact is held, in case an earlier one is still on its way. */
  readonly holdMs: number;
  /** When there are more, the oldest are held no longer. */
  readonly most: number;
  /** The clock that facts are stamped with. */
  readonly nowMs: () => number;
  readonly take: (fact: Fact, atMs: number) => void;
}

/** Hands facts of several tellers on in the order in which they happened, each a short time after it did. */
export class FactOrder<Fact> {
  readonly #options: FactOrderOptions<Fact>;
  /** By time; those before `#next` are handed on. */
  #facts: { readonly fact: Fact; readonly atMs: number }[] = [];
  #next = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: FactOrderOptions<Fact>) {
    this.#options = options;
  }

  add(fact: Fact, toldAtMs: number): void {
    const { holdMs, most, nowMs } = this.#options;
    const atMs = Math.min(toldAtMs, nowMs());
    let place = this.#facts.length;
    // Each teller's come in order, so the place is never far from the end.
    while (place > this.#next && (this.#facts[place - 1]?.atMs ?? 0) > atMs) place -= 1;
    if (place === this.#facts.length) this.#facts.push({ fact, atMs });
    else this.#facts.splice(place, 0, { fact, atMs });
    if (this.#facts.length - this.#next > most) this.#handOn(1);
    this.#timer ??= setInterval(() => this.#release(), holdMs / LOOKS_PER_HOLD).unref();
  }

  /** Hands on all there are. */
  releaseAll(): void {
    this.#handOn(this.#facts.length - this.#next);
  }

  #release(): void {
    const beforeMs = this.#options.nowMs() - this.#options.holdMs;
    let due = this.#next;
    while (due < this.#facts.length && (this.#facts[due]?.atMs ?? 0) <= beforeMs) due += 1;
    this.#handOn(due - this.#next);
  }

  #handOn(count: number): void {
    for (const end = this.#next + count; this.#next < end; ) {
      const held = this.#facts[this.#next];
      this.#next += 1;
      if (held !== undefined) this.#options.take(held.fact, held.atMs);
    }
    if (this.#next < this.#facts.length / 2) return;
    this.#facts = this.#facts.slice(this.#next);
    this.#next = 0;
    if (this.#facts.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
