/** An answer that is ready to go. */
export interface Departure {
  readonly bytes: number;
  /** Hands it to the network. Does not throw. */
  leave(): void;
}

// What may wait at most: beyond it the first would be late, and memory would grow with the number of clients.
const MOST_WAITING = 64;
const MOST_BYTES = 1024 * 1024;

/**
 * Answers that leave together, when every request that has come in this round of the event loop has been looked at. Handing over the
 * first wakes whoever reads it, on another processor; while it is awake the others cost a third of that (docs/decisions/023). It is not
 * waiting for more requests: alone, an answer leaves as soon as its own is done.
 */
export class Departures {
  #waiting: Departure[] = [];
  #bytes = 0;

  add(departure: Departure): void {
    if (this.#waiting.length === 0) setImmediate(() => this.leaveAll());
    this.#waiting.push(departure);
    this.#bytes += departure.bytes;
    if (this.#waiting.length >= MOST_WAITING || this.#bytes >= MOST_BYTES) this.leaveAll();
  }

  /** Does not wait for the end of the round. */
  leaveAll(): void {
    const all = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    for (const departure of all) departure.leave();
  }
}

/** Of all connections of this process. */
export const departures = new Departures();
