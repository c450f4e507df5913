import { hash, randomBytes } from "node:crypto";
import type { FoundCredential } from "#db/credentials.ts";
import { addressBlock } from "#lib/address-block.ts";
import { eitherHash, hashOfNobody, verifyArgon2id } from "#lib/argon2id.ts";
import { RecentMap } from "#lib/recent-map.ts";
import { Slots } from "#lib/slots.ts";
import type { Limits } from "#limits.ts";
import type { Credential } from "#model/account.ts";
import { type ApiToken, isTokenSecret } from "#model/api-token.ts";
import type { Clock } from "#model/clock.ts";
import { HubError } from "#model/hub-error.ts";
import type { AccessCache } from "./access-cache.ts";
import { digestOfToken } from "./add-token.ts";
import { type Attempt, FailureThrottle } from "./failure-throttle.ts";
import { type Guess, type GuessCounter, Guesses } from "./guesses.ts";
import { type Principal, principalOf, principalOfAccount, type RefusedBecause, refusalOf, refusedBecause } from "./principal.ts";
import { RecalledProofs, type Verified } from "./recalled-proofs.ts";
import type { SignInJournal } from "./sign-in-journal.ts";

export type { Principal } from "./principal.ts";

/** A sign-in and, for the timeline, how it came. */
export interface SignInAttempt extends Attempt {
  /** `restic` */
  readonly door?: string | undefined;
  /** What the client calls itself. */
  readonly client?: string | undefined;
}

export interface SignInOptions {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly cache: AccessCache;
  /** Where failures are counted; without it here, and no pair has signed in before. */
  readonly guesses?: GuessCounter;
  /** Where sign-ins are written down; without it they are not. */
  readonly journal?: SignInJournal;
  /** Whether a secret is that of a stored hash. */
  readonly verify?: (secretHash: string, secret: string) => Promise<boolean>;
  /** Told of each right secret that was hashed, with the credential it opens; not waited for. It never rejects. */
  readonly proven?: (credential: Credential, secret: string) => Promise<void>;
}

// A longer header is read anew each time.
const MOST_CHARACTERS = 4096;

/**
 * Tells who a machine is. One hash per unknown password, few at once, and none for what was right within the last minutes; an
 * unknown login takes as long as a wrong password (spec/restic-rest.md sections 0 row 20 and 7.1).
 */
export class SignIn {
  readonly #clock: Clock;
  readonly #verifySecret: (secretHash: string, secret: string) => Promise<boolean>;
  readonly #proven: SignInOptions["proven"];
  readonly #limits: Limits;
  readonly #cache: AccessCache;
  readonly #journal: SignInJournal | undefined;
  readonly #guesses: GuessCounter;
  /** Tokens, and from where, that this process has let in: they need not be asked about. */
  readonly #openedTokens: RecentMap<string, true>;
  readonly #hashing: Slots;
  /** For pairs that have signed in before: however many strangers ask, they stand in no one's way here. */
  readonly #hashingProven: Slots;
  /** Passwords are in it only under a key that lives as long as this process. */
  readonly #verified: RecentMap<string, Verified>;
  /** What was given, likewise under that key. */
  readonly #recalled: RecalledProofs;
  readonly #verifying = new Map<string, Promise<string | undefined>>();
  readonly #processKey = randomBytes(32).toString("base64");
  readonly #nobodysHash = hashOfNobody();

  constructor({ clock, limits, cache, guesses, journal, verify = verifyArgon2id, proven }: SignInOptions) {
    this.#verifySecret = verify;
    this.#proven = proven;
    this.#journal = journal;
    this.#clock = clock;
    this.#limits = limits;
    this.#cache = cache;
    this.#guesses = guesses ?? new Guesses(new FailureThrottle(limits, clock), async () => false);
    this.#openedTokens = new RecentMap(limits.failureBuckets);
    this.#verified = new RecentMap(limits.verifierCacheEntries);
    this.#recalled = new RecalledProofs(limits.verifierCacheEntries, cache);
    const bounds = { atOnce: limits.passwordChecksAtOnce, waiting: limits.passwordChecksWaiting };
    const overloaded = () => new HubError("overloaded", "Too many sign-ins at once; try again in a moment");
    this.#hashing = new Slots(bounds, overloaded);
    this.#hashingProven = new Slots(bounds, overloaded);
  }

  /**
   * Who a login and its secret are. Throws `unauthenticated`; `forbidden` for whoever knows the secret of a login that is disabled,
   * has expired or may not be used from there; `overloaded`.
   */
  async withSecret(attempt: SignInAttempt & { readonly secret: string; readonly givenAs?: string | undefined }): Promise<Principal> {
    const { login, secret } = attempt;
    if (Buffer.byteLength(login) + Buffer.byteLength(secret) > this.#limits.passwordBytes) throw refusal();

    const found = await this.#cache.credential(login);
    const key = this.#keyOf(`${login.length}:${login}${secret}`);
    const hashes = hashesOf(found?.credential, this.#clock());
    if (found !== undefined && this.#isVerified(key, hashes)) return this.#recallNext(this.#admit(found, attempt), { found, key, attempt });

    using guess = await this.#enter(attempt, { ...attempt, found });
    // Others may have shown it to be right while this one waited for its turn.
    if (found !== undefined && this.#isVerified(key, hashes)) return this.#admit(found, attempt);

    // Nobody's hash for an unknown login, and for one that has a certificate and no secret: both take as long as a wrong password.
    const right = await this.#verify({ key, hashes: hashes.length === 0 ? [this.#nobodysHash] : hashes, secret, guess });
    if (found === undefined || right === undefined) {
      guess.failed();
      this.#tellFailure(attempt, { found });
      throw refusal();
    }
    this.#verified.set(key, { hashes: hashes.join(" "), untilMs: this.#clock() + this.#limits.verifierCacheMs });
    const principal = this.#admit(found, attempt);
    guess.succeeded();
    // A former secret that still works says nothing about the one that is stored now.
    if (right === found.credential.secretHash) void this.#proven?.(found.credential, secret);
    return this.#recallNext(principal, { found, key, attempt });
  }

  /**
   * Who somebody is who gives the very same text as `givenAs` of a sign-in that was right within the last minutes, and how they wrote
   * their login. Undefined for everything that needs a look: then `withSecret` takes it.
   */
  recall(givenAs: string, from: Omit<SignInAttempt, "login">): { readonly login: string; readonly principal: Principal } | undefined {
    if (givenAs.length > MOST_CHARACTERS) return undefined;
    const nowMs = this.#clock();
    const known = this.#recalled.find(this.#keyOf(givenAs), nowMs);
    const untilMs = nowMs + this.#limits.verifierCacheMs;
    if (known === undefined || known.verified.untilMs > untilMs) return undefined; // see `#isVerified`
    // Whoever is not let in is told so, and why, where everybody is.
    if (refusedBecause(known.found, { nowMs, address: from.address }) !== undefined) return undefined;
    known.verified.untilMs = untilMs;
    this.#tellSuccess(known.found, known.principal, from);
    return known;
  }

  /** Who a certificate is that the TLS connection has verified, by its name. Throws `unauthenticated`, `forbidden`. */
  async withCertificate({ name, ...attempt }: Omit<SignInAttempt, "login"> & { readonly name: string }): Promise<Principal> {
    const found = await this.#cache.certificate(name);
    if (found !== undefined) return this.#admit(found, { ...attempt, login: found.credential.login });
    this.#tellFailure({ ...attempt, login: name }, { found });
    throw new HubError("unauthenticated", "No login is known by the name in this certificate");
  }

  /** Who a login is that a listed proxy has already checked. Throws `unauthenticated`, `forbidden`. */
  async vouchedFor(login: string, attempt: Omit<SignInAttempt, "login">): Promise<Principal> {
    if (login === "") throw new HubError("unauthenticated", "The proxy names no user");
    const found = await this.#cache.credential(login);
    if (found === undefined) {
      this.#tellFailure({ ...attempt, login }, { found });
      throw new HubError("unauthenticated", "The proxy names no known user");
    }
    return this.#admit(found, { ...attempt, login });
  }

  /**
   * The API token with that secret. No hash is slow here: 160 random bits cannot be guessed. Failures count as the address's, and the
   * token's own count is kept by its digest. Throws `unauthenticated`, also for one that has expired, and `forbidden` for a disabled one.
   */
  async withToken({ secret, ...from }: Omit<SignInAttempt, "login"> & { readonly secret: string }): Promise<ApiToken> {
    const digest = digestOfToken(secret);
    const attempt = { login: `token ${digest.slice(0, 32)}`, address: from.address };
    const told = { ...from, login: "(API token)", found: undefined };
    const opened = `${addressBlock(from.address)} ${digest}`;
    using guess = this.#openedTokens.get(opened) === true ? undefined : await this.#enter(attempt, told);
    const token = isTokenSecret(secret) ? await this.#cache.token(digest) : undefined;
    if (token === undefined) {
      this.#openedTokens.delete(opened);
      if (guess !== undefined) guess.failed();
      else (await this.#enter(attempt, told)).failed();
      this.#tellFailure(told, { found: undefined });
      throw new HubError("unauthenticated", "Unknown token");
    }
    this.#openedTokens.set(opened, true);
    guess?.succeeded();
    if (token.expiresAtMs !== undefined && token.expiresAtMs <= this.#clock())
      throw new HubError("unauthenticated", "This token has expired");
    if (token.disabledAtMs !== undefined) throw new HubError("forbidden", "This token is disabled");
    return token;
  }

  /** The account that requests without a login act as, where the operator has named one. Throws `unauthenticated`, `forbidden`. */
  async asAccount(name: string): Promise<Principal> {
    const account = await this.#cache.account(name);
    if (account === undefined) throw new HubError("unauthenticated", "The account of noAuth does not exist");
    return principalOfAccount(account);
  }

  /** Lets in whoever has proven who they are, unless their login may not be used now or from there. Throws `forbidden`. */
  #admit(found: FoundCredential, attempt: SignInAttempt): Principal {
    const because = refusedBecause(found, { nowMs: this.#clock(), address: attempt.address });
    if (because !== undefined) {
      this.#tellFailure(attempt, { found, because });
      throw refusalOf(because);
    }
    const principal = principalOf(found);
    this.#tellSuccess(found, principal, attempt);
    return principal;
  }

  #tellSuccess({ credential }: FoundCredential, principal: Principal, { address, door, client }: Omit<SignInAttempt, "login">): void {
    const { accountName, login } = principal;
    this.#journal?.succeeded({ credentialId: credential.id, accountName, login, address, door, client });
  }

  /** A keyed digest: nobody can read out of it what was given. */
  #keyOf(given: string): string {
    return hash("sha256", `${this.#processKey}${given}`, "base64");
  }

  #recallNext(principal: Principal, { found, key, attempt }: Proof): Principal {
    const { givenAs, login } = attempt;
    const verified = this.#verified.get(key);
    if (givenAs !== undefined && givenAs.length <= MOST_CHARACTERS && verified !== undefined) {
      this.#recalled.remember(this.#keyOf(givenAs), { login, found, principal, verified }, this.#clock());
    }
    return principal;
  }

  #tellFailure(
    { login, address, door, client }: SignInAttempt,
    { found, because, unseen = false }: { readonly found: FoundCredential | undefined; because?: RefusedBecause; unseen?: boolean },
  ): void {
    this.#journal?.failed({ login, address, door, client, account: found?.account.name, because, unseen });
  }

  #isVerified(key: string, hashes: readonly string[]): boolean {
    const entry = this.#verified.get(key);
    const now = this.#clock();
    // Bound to the stored hashes: a rotated secret ends it at once, and so does the end of an overlap.
    const untilMs = now + this.#limits.verifierCacheMs;
    // Later than that says that the clock was ahead when it was made.
    if (entry === undefined || entry.untilMs <= now || entry.untilMs > untilMs || entry.hashes !== hashes.join(" ")) return false;
    entry.untilMs = untilMs;
    return true;
  }

  /** Takes an attempt in, or refuses it unseen. */
  async #enter(
    { login, address }: Attempt,
    { found, ...told }: SignInAttempt & { readonly found: FoundCredential | undefined },
  ): Promise<Guess> {
    const guess = await this.#guesses.enter({ login, address });
    if (guess !== undefined) return guess;
    this.#tellFailure(told, { found, unseen: true });
    throw new HubError("unauthenticated", "Too many failed sign-ins; wait ten minutes and try again", {
      retryAfterMs: this.#limits.failureWindowMs,
    });
  }

  /** The hash that the secret is right for. Requests that ask the same at once (restic opens five connections) share one look. */
  async #verify({ key, hashes, secret, guess }: Question): Promise<string | undefined> {
    const text = `${key} ${hashes.join(" ")}`;
    const asked = this.#verifying.get(text);
    if (asked !== undefined) return await asked;
    const answer = (guess.isProven ? this.#hashingProven : this.#hashing)
      .run(async () => {
        for (const hash of hashes) {
          if (await this.#verifySecret(hash, secret)) return hash;
        }
        return undefined;
      })
      .finally(() => this.#verifying.delete(text));
    this.#verifying.set(text, answer);
    return await answer;
  }
}

interface Proof {
  readonly key: string;
  readonly found: FoundCredential;
  /** `givenAs`: how login and secret were written where they were given. */
  readonly attempt: SignInAttempt & { readonly givenAs?: string | undefined };
}

interface Question {
  readonly key: string;
  readonly hashes: readonly string[];
  readonly secret: string;
  readonly guess: Guess;
}

/** What a secret may be right for at that moment: usually one hash; during a rotation both in one, so that they take no longer to check. */
function hashesOf(credential: Credential | undefined, nowMs: number): readonly string[] {
  if (credential === undefined || credential.kind === "certificate") return [];
  const { secretHash, previousSecret } = credential;
  if (previousSecret === undefined || nowMs >= previousSecret.untilMs) return [secretHash];
  const either = eitherHash(secretHash, previousSecret.hash);
  return either === undefined ? [secretHash, previousSecret.hash] : [either];
}

function refusal(): HubError {
  return new HubError("unauthenticated", "Wrong user name or password");
}
