import { HubError } from "#model/hub-error.ts";

/** Bounds the requests that one account has in flight in this process. */
export class RequestBound {
  readonly #most: number;
  readonly #inFlight = new Map<number, AccountRequests>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Counts one request until what it returns is disposed, once. Throws `overloaded`. */
  enter(accountId: number): Disposable {
    let requests = this.#inFlight.get(accountId);
    if (requests === undefined) {
      requests = new AccountRequests(() => this.#inFlight.delete(accountId));
      this.#inFlight.set(accountId, requests);
    }
    if (requests.count >= this.#most) throw new HubError("overloaded", "Too many requests at once for this account");
    requests.count += 1;
    return requests;
  }
}

/** The requests of one account. All of them are given this one object, so that counting costs next to nothing. */
class AccountRequests implements Disposable {
  readonly #forget: () => void;
  count = 0;

  constructor(forget: () => void) {
    this.#forget = forget;
  }

  [Symbol.dispose](): void {
    this.count -= 1;
    if (this.count === 0) this.#forget();
  }
}
