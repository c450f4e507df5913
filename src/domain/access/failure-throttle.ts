import { addressBlock } from "#lib/address-block.ts";
import { RecentMap } from "#lib/recent-map.ts";
import type { Limits } from "#limits.ts";
import { foldName } from "#model/account.ts";
import type { Clock } from "#model/clock.ts";

/** One attempt to sign in: as whom, and from where (undefined: a unix socket). */
export interface Attempt {
  readonly login: string;
  readonly address: string | undefined;
}

interface Bucket {
  count: number;
  readonly sinceMs: number;
}

/**
 * Counts failed sign-ins by address, by login, and by the two together, in windows of `failureWindowMs`, and says when to stop
 * looking at passwords at all (spec/restic-rest.md section 7.1).
 *
 * A pair that has signed in before is held to its own count alone. So somebody who guesses at `laptop` from elsewhere, or a broken
 * job behind the same router, does not lock the real laptop out.
 */
export class FailureThrottle {
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #buckets: RecentMap<string, Bucket>;
  readonly #provenPairs: RecentMap<string, true>;

  constructor(limits: Limits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
    this.#buckets = new RecentMap(limits.failureBuckets);
    this.#provenPairs = new RecentMap(limits.failureBuckets);
  }

  /** Whether this attempt is to be refused unseen. */
  blocks(attempt: Attempt): boolean {
    const { pair, address, login } = keysOf(attempt);
    const keys = this.#provenPairs.get(pair) === true ? [pair] : [pair, address, login];
    return keys.some((key) => this.#countOf(key) >= this.#limits.failuresPerWindow);
  }

  /** Whether this pair is known to have signed in before. */
  knows(attempt: Attempt): boolean {
    return this.#provenPairs.get(keysOf(attempt).pair) === true;
  }

  failed(attempt: Attempt): void {
    for (const key of Object.values(keysOf(attempt))) {
      const bucket = this.#buckets.get(key);
      if (bucket === undefined || this.#isOver(bucket)) this.#buckets.set(key, { count: 1, sinceMs: this.#clock() });
      else bucket.count += 1;
    }
  }

  /** The database knows that this pair has signed in before; its failures so far still count. */
  proven(attempt: Attempt): void {
    this.#provenPairs.set(keysOf(attempt).pair, true);
  }

  succeeded(attempt: Attempt): void {
    const { pair } = keysOf(attempt);
    this.#provenPairs.set(pair, true);
    this.#buckets.delete(pair);
  }

  #countOf(key: string): number {
    const bucket = this.#buckets.get(key);
    return bucket === undefined || this.#isOver(bucket) ? 0 : bucket.count;
  }

  #isOver(bucket: Bucket): boolean {
    const ageMs = this.#clock() - bucket.sinceMs;
    return ageMs < 0 || ageMs >= this.#limits.failureWindowMs; // a clock that was set back must not lock anybody out
  }
}

function keysOf(attempt: Attempt): { pair: string; address: string; login: string } {
  const address = addressBlock(attempt.address);
  const login = foldName(attempt.login).slice(0, 128);
  return { pair: `pair ${address} ${login}`, address: `address ${address}`, login: `login ${login}` };
}
