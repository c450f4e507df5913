import type { Accepted } from "#gate/reception.ts";

const MOST = 1024;

/** Connections for which there is no worker at the moment. Who waits too long, or comes when it is full, is turned away. */
export class WaitingRoom implements Disposable {
  readonly #mostMs: number;
  readonly #waiting = new Map<Accepted, NodeJS.Timeout>();
  #isClosed = false;

  constructor(mostMs: number) {
    this.#mostMs = mostMs;
  }

  add(accepted: Accepted): void {
    if (this.#isClosed || this.#waiting.size >= MOST) {
      turnAway(accepted);
      return;
    }
    const timer = setTimeout(() => {
      this.#waiting.delete(accepted);
      turnAway(accepted);
    }, this.#mostMs).unref();
    this.#waiting.set(accepted, timer);
  }

  /** All of them, in the order they came; they wait no longer. */
  takeAll(): Accepted[] {
    const all = [...this.#waiting.keys()];
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
    return all;
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    for (const accepted of this.takeAll()) turnAway(accepted);
  }
}

/** Closes a connection that nobody serves. */
export function turnAway(accepted: Accepted): void {
  accepted.release();
  accepted.leave();
}
