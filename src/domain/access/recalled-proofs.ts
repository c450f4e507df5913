import type { FoundCredential } from "#db/credentials.ts";
import { RecentMap } from "#lib/recent-map.ts";
import type { AccessCache } from "./access-cache.ts";
import type { Principal } from "./principal.ts";

/** A secret that was right within the last minutes. */
export interface Verified {
  /** The hashes it was right for. */
  readonly hashes: string;
  untilMs: number;
}

/** What a sign-in that was right has found. */
export interface RecalledProof {
  /** As it was given. */
  readonly login: string;
  readonly found: FoundCredential;
  readonly principal: Principal;
  readonly verified: Verified;
}

interface Entry extends RecalledProof {
  /** Until then the hashes that the secret was right for are those that are stored, unless the credential is another. */
  readonly sameUntilMs: number;
}

/**
 * What was given at sign-ins that were right, under keys from which nobody can read it: with it, nothing has to be read out of a header that
 * is known, and no hash of the credential has to be looked at. Good for as long as the secret itself is known, and only while the
 * credential is the very one that was found: whatever changes it, or its account, makes it another.
 */
export class RecalledProofs {
  readonly #entries: RecentMap<string, Entry>;
  readonly #cache: AccessCache;

  constructor(mostEntries: number, cache: AccessCache) {
    this.#entries = new RecentMap(mostEntries);
    this.#cache = cache;
  }

  remember(key: string, proof: RecalledProof, nowMs: number): void {
    const previousUntilMs = proof.found.credential.previousSecret?.untilMs;
    const isOver = previousUntilMs === undefined || nowMs >= previousUntilMs;
    this.#entries.set(key, { ...proof, sameUntilMs: isOver ? Number.POSITIVE_INFINITY : previousUntilMs });
  }

  /** What is known under the key and still holds. */
  find(key: string, nowMs: number): RecalledProof | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || nowMs >= entry.verified.untilMs || nowMs >= entry.sameUntilMs) return undefined;
    return this.#cache.isCurrent(entry.login, entry.found) ? entry : undefined;
  }
}
