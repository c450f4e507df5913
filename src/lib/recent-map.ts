/** A Map that holds at most `capacity` entries and forgets those first that were longest not set or looked up. */
export class RecentMap<Key, Value> {
  readonly #entries = new Map<Key, Value>(); // a Map keeps the order of insertion: the first is the oldest
  readonly #capacity: number;
  /** The key that was last set or looked up; undefined when it is none. */
  #newest: Key | undefined;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: Key): Value | undefined {
    const value = this.#entries.get(key);
    if (value === undefined || key === this.#newest) return value; // in its place already, which is what most look-ups find
    this.#entries.delete(key);
    this.#entries.set(key, value);
    this.#newest = key;
    return value;
  }

  set(key: Key, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    this.#newest = key;
    if (this.#entries.size > this.#capacity) {
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest);
        break;
      }
    }
  }

  delete(key: Key): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  /** What it holds, the oldest first; looking does not make anything younger. */
  values(): IterableIterator<Value> {
    return this.#entries.values();
  }

  get size(): number {
    return this.#entries.size;
  }
}
