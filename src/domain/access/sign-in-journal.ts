import type { Database } from "#db/database.ts";
import { type CredentialUse, isProvenPair, type SignInNote } from "#db/sign-ins.ts";
import { addressBlock } from "#lib/address-block.ts";
import type { Log } from "#lib/log.ts";
import { RecentMap } from "#lib/recent-map.ts";
import type { Limits } from "#limits.ts";
import type { Clock } from "#model/clock.ts";
import type { PeerAddress } from "#model/peer-address.ts";
import type { Timeline } from "../operations/timeline.ts";
import { type FailedSignIn, FailedSignIns } from "./failed-sign-ins.ts";
import type { Attempt } from "./failure-throttle.ts";

const BATCH = 256;
const NOTED_AGAIN_MS = 60 * 60_000; // the database decides whether a day has passed
const CREDENTIALS = 10_000;
const LOGIN_CHARACTERS = 128; // no login is longer

/** A sign-in that was right. */
export interface SucceededSignIn {
  readonly credentialId: number;
  readonly accountName: string;
  readonly login: string;
  readonly address: PeerAddress;
  readonly door: string | undefined;
  readonly client: string | undefined;
}

/** What is remembered of the last use of one credential. */
interface Use {
  atMs: number;
  address: PeerAddress;
  /** When the sign-in from this address was last noted. */
  notedAtMs: number;
  isWritten: boolean;
}

/**
 * Writes down, after the fact, who has signed in from where and who has not been let in. Nothing waits for it; what it could not write
 * is lost, and the log says so.
 */
export class SignInJournal implements AsyncDisposable {
  readonly #database: Database;
  readonly #timeline: Pick<Timeline, "record">;
  readonly #log: Log;
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #tellFailed: ((failed: FailedSignIn) => void) | undefined;
  readonly #uses = new RecentMap<number, Use>(CREDENTIALS);
  /** Uses that are to be written. */
  readonly #unwritten = new Map<number, Use>();
  readonly #noted: RecentMap<string, number>;
  readonly #failed: FailedSignIns;
  /** When pairs were last looked for in vain: one who floods costs no query each time. */
  readonly #unproven: RecentMap<string, number>;
  #notes: SignInNote[] = [];
  #noteTimer: NodeJS.Timeout | undefined;
  #flushTimer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: {
    readonly database: Database;
    readonly timeline: Pick<Timeline, "record">;
    readonly log: Log;
    readonly limits: Limits;
    readonly clock: Clock;
    /** Takes the failures in place of this journal: many processes would make many lines of them. */
    readonly tellFailed?: ((failed: FailedSignIn) => void) | undefined;
  }) {
    this.#database = options.database;
    this.#timeline = options.timeline;
    this.#log = options.log;
    this.#limits = options.limits;
    this.#clock = options.clock;
    this.#tellFailed = options.tellFailed;
    this.#noted = new RecentMap(options.limits.provenPairs);
    this.#unproven = new RecentMap(options.limits.failureBuckets);
    this.#failed = new FailedSignIns(options.limits.failedSignInLines);
  }

  /** Called for every request that is let in, so it does next to nothing when the last one came from the same address. */
  succeeded(signIn: SucceededSignIn): void {
    const nowMs = this.#clock();
    const { credentialId, address } = signIn;
    const use = this.#uses.get(credentialId) ?? { atMs: nowMs, address, notedAtMs: Number.NEGATIVE_INFINITY, isWritten: true };
    const sameAddress = use.address === address;
    use.atMs = nowMs;
    use.address = address;
    if (use.isWritten) {
      use.isWritten = false;
      this.#uses.set(credentialId, use);
      this.#unwritten.set(credentialId, use);
      this.#flushTimer ??= setTimeout(() => void this.flush(), this.#limits.signInNotesMs).unref();
    }
    if (sameAddress && isWithin(nowMs - use.notedAtMs, NOTED_AGAIN_MS)) return;
    use.notedAtMs = nowMs;
    this.#note(signIn, nowMs);
  }

  failed(failed: FailedSignIn): void {
    if (this.#tellFailed !== undefined) {
      this.#tellFailed(failed);
      return;
    }
    this.#failed.add(failed, this.#clock());
    this.#flushTimer ??= setTimeout(() => void this.flush(), this.#limits.signInNotesMs).unref();
  }

  /** Whether this login has signed in from there before, in this process or any other. False when the database does not say. */
  async isProven({ login, address }: Attempt): Promise<boolean> {
    if (login.length > LOGIN_CHARACTERS) return false;
    const pair = { login, addressBlock: addressBlock(address) };
    const key = `${pair.addressBlock} ${login}`;
    const nowMs = this.#clock();
    if (isWithin(nowMs - (this.#unproven.get(key) ?? Number.NEGATIVE_INFINITY), this.#limits.failureWindowMs)) return false;
    try {
      if (await isProvenPair(this.#database.read, pair)) return true;
    } catch (error) {
      this.#log.error("sign-ins of before cannot be read", { error });
    }
    this.#unproven.set(key, nowMs);
    return false;
  }

  /** Resolves when what happened so far is handed to the database and the timeline. */
  async flush(): Promise<void> {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    for (const line of this.#failed.take()) this.#timeline.record(line);
    const uses = [...this.#unwritten].map(([credentialId, use]): CredentialUse => {
      use.isWritten = true;
      return { credentialId, atMs: use.atMs, address: use.address };
    });
    this.#unwritten.clear();
    for (let start = 0; start < uses.length; start += BATCH) {
      await this.#write(() => this.#database.write("recordCredentialUses", { uses: uses.slice(start, start + BATCH) }));
    }
    await this.#flushNotes();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush();
    await this.#writing;
  }

  #note({ accountName, login, address, door, client }: SucceededSignIn, nowMs: number): void {
    const block = addressBlock(address);
    const key = `${block} ${login}`;
    if (isWithin(nowMs - (this.#noted.get(key) ?? Number.NEGATIVE_INFINITY), NOTED_AGAIN_MS)) return;
    // More new pairs than this at once are noted with their next request.
    if (this.#notes.length >= this.#limits.timelineQueue) return;
    this.#noted.set(key, nowMs);
    this.#notes.push({
      login,
      addressBlock: block,
      atMs: nowMs,
      operation: {
        kind: "signin.succeeded",
        status: "succeeded",
        startedAtMs: nowMs,
        endedAtMs: nowMs,
        actor: { kind: "account", name: accountName, login },
        account: accountName,
        door,
        address,
        client,
        summary: `${login} signed in from ${address === "unix" ? "a unix socket" : address}`,
      },
    });
    this.#noteTimer ??= setTimeout(() => void this.#flushNotes(), this.#limits.timelineDelayMs).unref();
  }

  async #flushNotes(): Promise<void> {
    clearTimeout(this.#noteTimer);
    this.#noteTimer = undefined;
    const { provenPairAgeMs, provenPairsPerLogin, provenPairs } = this.#limits;
    const bounds = { ageMs: provenPairAgeMs, perLogin: provenPairsPerLogin, most: provenPairs };
    while (this.#notes.length > 0) {
      const notes = this.#notes.splice(0, BATCH);
      await this.#write(() => this.#database.write("recordSignIns", { notes, nowMs: this.#clock(), bounds }));
    }
    await this.#writing;
  }

  /** One write after the other, so that disposing can wait for the last. Never rejects. */
  async #write(write: () => Promise<void>): Promise<void> {
    this.#writing = this.#writing.then(write).catch((error: unknown) => this.#log.error("sign-ins not written", { error }));
    await this.#writing;
  }
}

/** Whether so much time has passed at most; a clock that was set back says nothing. */
function isWithin(ageMs: number, mostMs: number): boolean {
  return ageMs >= 0 && ageMs < mostMs;
}
