import { addressBlock } from "#lib/address-block.ts";
import { RecentMap } from "#lib/recent-map.ts";
import type { Limits } from "#limits.ts";
import { foldName } from "#model/account.ts";
import type { Clock } from "#model/clock.ts";
import type { PeerAddress } from "#model/peer-address.ts";

/** One attempt to sign in: as whom, and from where. */
export interface Attempt {
  readonly login: string;
  readonly address: PeerAddress;
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
  /** Attempts that are being looked at: each may be a failure yet. */
  readonly #underWay = new Map<string, number>();

  constructor(limits: Limits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
    this.#buckets = new RecentMap(limits.failureBuckets);
    this.#provenPairs = new RecentMap(limits.failureBuckets);
  }

  /** Whether this attempt is to be refused unseen. */
  blocks(attempt: Attempt): boolean {
    return this.#keysThatCount(attempt).some((key) => this.#countOf(key) >= this.#limits.failuresPerWindow);
  }

  /** Whether it would be refused should all that are being looked at turn out to be failures. */
  isFull(attempt: Attempt): boolean {
    const { failuresPerWindow } = this.#limits;
    return this.#keysThatCount(attempt).some((key) => this.#countOf(key) + (this.#underWay.get(key) ?? 0) >= failuresPerWindow);
  }

  /** The attempt is being looked at, until what comes back is disposed. */
  look(attempt: Attempt): Disposable {
    const keys = Object.values(keysOf(attempt));
    for (const key of keys) this.#underWay.set(key, (this.#underWay.get(key) ?? 0) + 1);
    return {
      [Symbol.dispose]: () => {
        for (const key of keys) {
          const left = (this.#underWay.get(key) ?? 1) - 1;
          if (left === 0) this.#underWay.delete(key);
          else this.#underWay.set(key, left);
        }
      },
    };
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

  #keysThatCount(attempt: Attempt): readonly string[] {
    const { pair, address, login } = keysOf(attempt);
    return this.#provenPairs.get(pair) === true ? [pair] : [pair, address, login];
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
