import { setTimeout as sleep } from "node:timers/promises";
import { hashOfNobody, verifyArgon2id } from "#lib/argon2id.ts";
import { HtpasswdVerifier } from "#lib/htpasswd-verifier.ts";
import { parseStoredHash, type StoredHash } from "#lib/stored-hash.ts";

// A measurement that says more than this was held up by something else, and no failed sign-in shall wait for that.
const LONGEST_MS = 2000;

/**
 * Tells whether a secret is that of a stored hash: argon2id, or one that came with an htpasswd file and is replaced at its first right
 * sign-in.
 *
 * Hashes of other kinds cost other times, and would so tell which logins there are. Therefore, from the first check of an imported hash
 * on, a failed check of any kind is answered no sooner than one of the dearest kind that the hub has met (docs/decisions/014).
 */
export class PasswordVerifier {
  readonly #htpasswd = new HtpasswdVerifier();
  readonly #nobodysHash = hashOfNobody();
  /** The shortest failed check of each imported kind: a longer one of the same kind was held up. A few dozen at most. */
  readonly #failureMs = new Map<string, number>();
  readonly #measuredKind: (kind: string, ms: number) => void;

  /** `measured` is called when a kind has shown to take so long, or less than was thought. */
  constructor(measured: (kind: string, ms: number) => void = () => undefined) {
    this.#measuredKind = measured;
  }

  readonly verify = async (secretHash: string, secret: string): Promise<boolean> => {
    const stored = parseStoredHash(secretHash);
    const startedAtMs = performance.now();
    if (stored === undefined || stored.kind === "argon2id") {
      if (await verifyArgon2id(secretHash, secret)) return true;
    } else {
      if (await this.#htpasswd.verify(secretHash, secret)) return true;
      await verifyArgon2id(this.#nobodysHash, secret); // a cheap kind may cost no less than our own
      this.#measured(stored, performance.now() - startedAtMs);
    }
    const leftMs = Math.max(0, ...this.#failureMs.values()) - (performance.now() - startedAtMs);
    if (leftMs > 0) await sleep(leftMs);
    return false;
  };

  #measured(stored: StoredHash, ms: number): void {
    const key = `${stored.kind} ${"cost" in stored ? stored.cost : "rounds" in stored ? Math.round(Math.log2(stored.rounds)) : ""}`;
    if (this.learn(key, ms)) this.#measuredKind(key, this.#failureMs.get(key) ?? ms);
  }

  /** So long does a failed check of that kind take, as far as this process or another one has seen. Whether that is news. */
  learn(kind: string, ms: number): boolean {
    const known = this.#failureMs.get(kind) ?? Number.POSITIVE_INFINITY;
    const shortest = Math.min(ms, LONGEST_MS);
    if (shortest >= known) return false;
    this.#failureMs.set(kind, shortest);
    return true;
  }

  /** Every imported kind that was met, and how long a failed check of it takes. */
  get known(): Iterable<readonly [kind: string, ms: number]> {
    return this.#failureMs;
  }
}

/** Whether this hash is to be replaced by one of our own as soon as its secret is known. */
export function isImportedHash(secretHash: string): boolean {
  return !secretHash.startsWith("$argon2id$");
}
