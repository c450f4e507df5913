import { createHmac, randomBytes } from "node:crypto";
import { hashOfNobody, verifyArgon2id } from "#lib/argon2id.ts";
import { RecentMap } from "#lib/recent-map.ts";
import { Slots } from "#lib/slots.ts";
import type { Limits } from "#limits.ts";
import type { Account, Credential } from "#model/account.ts";
import { type ApiToken, isTokenSecret } from "#model/api-token.ts";
import type { Clock } from "#model/clock.ts";
import { HubError } from "#model/hub-error.ts";
import type { AccessCache } from "./access-cache.ts";
import { digestOfToken } from "./add-token.ts";
import { type Attempt, FailureThrottle } from "./failure-throttle.ts";

/** Who is asking. */
export interface Principal {
  readonly accountId: number;
  readonly accountName: string;
  /** What it signed in as; its name where the operator or a proxy has let it in. */
  readonly login: string;
}

export interface SignInOptions {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly cache: AccessCache;
  /** Whether a secret is that of a stored hash. */
  readonly verify?: (secretHash: string, secret: string) => Promise<boolean>;
}

interface Verified {
  readonly secretHash: string;
  untilMs: number;
}

/**
 * Tells who a machine is. One hash per unknown password, few at once, and none for what was right within the last minutes; an
 * unknown login takes as long as a wrong password (spec/restic-rest.md sections 0 row 20 and 7.1).
 */
export class SignIn {
  readonly #clock: Clock;
  readonly #verifySecret: (secretHash: string, secret: string) => Promise<boolean>;
  readonly #limits: Limits;
  readonly #cache: AccessCache;
  readonly #throttle: FailureThrottle;
  readonly #hashing: Slots;
  /** Passwords are in it only under a key that lives as long as this process. */
  readonly #verified: RecentMap<string, Verified>;
  readonly #verifying = new Map<string, Promise<boolean>>();
  readonly #processKey = randomBytes(32);
  readonly #nobodysHash = hashOfNobody();

  constructor({ clock, limits, cache, verify = verifyArgon2id }: SignInOptions) {
    this.#verifySecret = verify;
    this.#clock = clock;
    this.#limits = limits;
    this.#cache = cache;
    this.#throttle = new FailureThrottle(limits, clock);
    this.#verified = new RecentMap(limits.verifierCacheEntries);
    this.#hashing = new Slots(
      { atOnce: limits.passwordChecksAtOnce, waiting: limits.passwordChecksWaiting },
      () => new HubError("overloaded", "Too many sign-ins at once; try again in a moment"),
    );
  }

  /** The account of a login and its secret. Throws `unauthenticated`, `forbidden` for a disabled account, `overloaded`. */
  async withSecret(attempt: Attempt & { readonly secret: string }): Promise<Principal> {
    const { login, secret } = attempt;
    if (Buffer.byteLength(login) + Buffer.byteLength(secret) > this.#limits.passwordBytes) throw refusal();

    const found = await this.#cache.credential(login);
    const key = createHmac("sha256", this.#processKey).update(`${login.length}:${login}${secret}`).digest("base64");
    if (found !== undefined && this.#isVerified(key, found.credential)) return principalOf(found);

    const right = await this.#verify(key, found?.credential.secretHash ?? this.#nobodysHash, attempt);
    if (found === undefined || !right) {
      this.#throttle.failed(attempt);
      throw refusal();
    }
    this.#throttle.succeeded(attempt);
    this.#verified.set(key, {
      secretHash: found.credential.secretHash,
      untilMs: this.#clock() + this.#limits.verifierCacheMs,
    });
    return principalOf(found);
  }

  /** The account of a login that a listed proxy has already checked. Throws `unauthenticated`, `forbidden`. */
  async vouchedFor(login: string): Promise<Principal> {
    const found = login === "" ? undefined : await this.#cache.credential(login);
    if (found === undefined)
      throw new HubError("unauthenticated", login === "" ? "The proxy names no user" : "The proxy names no known user");
    return principalOf(found);
  }

  /**
   * The API token with that secret. No hash is slow here: 160 random bits cannot be guessed. Failures count as the address's, and the
   * token's own count is kept by its digest. Throws `unauthenticated`, also for one that has expired, and `forbidden` for a disabled one.
   */
  async withToken({ secret, address }: { readonly secret: string; readonly address: string | undefined }): Promise<ApiToken> {
    const digest = digestOfToken(secret);
    const attempt = { login: `token ${digest.slice(0, 32)}`, address };
    this.#requireUnblocked(attempt);
    const token = isTokenSecret(secret) ? await this.#cache.token(digest) : undefined;
    if (token === undefined) {
      this.#throttle.failed(attempt);
      throw new HubError("unauthenticated", "Unknown token");
    }
    this.#throttle.succeeded(attempt);
    if (token.expiresAtMs !== undefined && token.expiresAtMs <= this.#clock())
      throw new HubError("unauthenticated", "This token has expired");
    if (token.disabledAtMs !== undefined) throw new HubError("forbidden", "This token is disabled");
    return token;
  }

  /** The account that requests without a login act as, where the operator has named one. Throws `unauthenticated`, `forbidden`. */
  async asAccount(name: string): Promise<Principal> {
    const account = await this.#cache.account(name);
    if (account === undefined) throw new HubError("unauthenticated", "The account of noAuth does not exist");
    return principalOf({ account });
  }

  #isVerified(key: string, credential: Credential): boolean {
    const entry = this.#verified.get(key);
    const now = this.#clock();
    // Bound to the stored hash: a rotated secret ends it at once.
    if (entry === undefined || entry.secretHash !== credential.secretHash || entry.untilMs <= now) return false;
    entry.untilMs = now + this.#limits.verifierCacheMs;
    return true;
  }

  #requireUnblocked(attempt: Attempt): void {
    if (this.#throttle.blocks(attempt)) throw new HubError("unauthenticated", "Too many failed sign-ins; wait ten minutes and try again");
  }

  /** Requests that ask the same at once (restic opens five connections) share one hash. */
  async #verify(key: string, secretHash: string, attempt: Attempt & { readonly secret: string }): Promise<boolean> {
    this.#requireUnblocked(attempt);
    const question = `${key} ${secretHash}`;
    const asked = this.#verifying.get(question);
    if (asked !== undefined) return await asked;
    const answer = this.#hashing
      .run(async () => {
        this.#requireUnblocked(attempt); // others may have failed while this one waited for its turn
        return await this.#verifySecret(secretHash, attempt.secret);
      })
      .finally(() => this.#verifying.delete(question));
    this.#verifying.set(question, answer);
    return await answer;
  }
}

function principalOf({ account, credential }: { readonly account: Account; readonly credential?: Credential }): Principal {
  // Told only to those who have proven who they are, so it gives nothing away.
  if (account.disabledAtMs !== undefined) throw new HubError("forbidden", "This account is disabled");
  return { accountId: account.id, accountName: account.name, login: credential?.login ?? account.name };
}

function refusal(): HubError {
  return new HubError("unauthenticated", "Wrong user name or password");
}
