/** Bytes that somebody has announced and not sent yet, by whatever they are for. */
export class PendingBytes {
  readonly #pending = new Map<string, number>();

  /** How many are still to come for `key`. */
  of(key: string): number {
    return this.#pending.get(key) ?? 0;
  }

  /** So many more are to come. */
  expect(key: string, bytes: number): Expected {
    return new Expected(bytes, (change) => {
      const left = this.of(key) + change;
      if (left > 0) this.#pending.set(key, left);
      else this.#pending.delete(key);
    });
  }
}

/** What one sender has announced. Disposing forgets what has not come. */
export class Expected implements Disposable {
  readonly #change: (bytes: number) => void;
  #left = 0;

  constructor(bytes: number, change: (bytes: number) => void) {
    this.#change = change;
    this.more(bytes);
  }

  /** So many more are to come. */
  more(bytes: number): void {
    this.#left += bytes;
    this.#change(bytes);
  }

  /** So many have come. More than were announced do not matter. */
  arrived(bytes: number): void {
    const counted = Math.min(bytes, this.#left);
    this.#left -= counted;
    this.#change(-counted);
  }

  [Symbol.dispose](): void {
    this.arrived(this.#left);
  }
}
