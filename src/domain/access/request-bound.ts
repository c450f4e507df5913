import { HubError } from "#model/hub-error.ts";

/** Bounds the requests that one account has in flight in this process. */
export class RequestBound {
  readonly #most: number;
  readonly #inFlight = new Map<number, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Counts one request until it is disposed. Throws `overloaded`. */
  enter(accountId: number): Disposable {
    const count = this.#inFlight.get(accountId) ?? 0;
    if (count >= this.#most) throw new HubError("overloaded", "Too many requests at once for this account");
    this.#inFlight.set(accountId, count + 1);
    return {
      [Symbol.dispose]: () => {
        const left = (this.#inFlight.get(accountId) ?? 1) - 1;
        if (left === 0) this.#inFlight.delete(accountId);
        else this.#inFlight.set(accountId, left);
      },
    };
  }
}
