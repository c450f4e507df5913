import { randomUUID } from "node:crypto";
import type { Database } from "#db/database.ts";
import type { FlushInput, UseChange } from "#db/flush-use.ts";
import { type Draw, type DrawInput, findAskedBack } from "#db/quota-ledger.ts";
import { listQuotaProcesses } from "#db/quota-processes.ts";
import type { Log } from "#lib/log.ts";
import { ProcessWatch } from "#lib/process-watch.ts";
import type { Limits } from "#limits.ts";
import type { Clock } from "#model/clock.ts";
import { HubError } from "#model/hub-error.ts";
import { Tally } from "./tally.ts";

const CHANGES = 500; // repositories in one batch; more come with the next
const QUIET_MS = 5000; // after this, what was drawn and is not used goes back
const BEATS = 6; // in the time after which a silent process is taken for dead; from its registration on

/** What a draw comes to for whoever is registered. */
export type Drawn = Exclude<Draw, { readonly kind: "unknown" }>;

export interface UseWriterOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly log: Log;
}

/** Keeps what this process stores and has drawn, and writes it down in batches, one at a time. */
export class UseWriter implements AsyncDisposable {
  readonly #options: UseWriterOptions;
  readonly #beforeFlush: () => Promise<void>;
  readonly #watch: ProcessWatch;
  readonly #tallies = new Map<string, Tally>();
  #process = randomUUID() as string;
  #registering: Promise<void> | undefined;
  #number = 0;
  /** The batch of which nobody knows yet whether it is written. */
  #unwritten: FlushInput | undefined;
  /** Whether it holds something that was stored without a block. */
  #isUnbacked = false;
  #trashBytes = 0;
  #writing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #ticking = false;
  #beatAtMs = 0;
  #lookedAtMs = 0;
  #isStarted = false;
  #onRenamed: (process: string) => void = () => undefined;
  #askedBack: number | undefined;
  #closed = false;

  /** `beforeFlush` runs before each of the batches that come by themselves. */
  constructor(options: UseWriterOptions, beforeFlush: () => Promise<void>) {
    this.#options = options;
    this.#beforeFlush = beforeFlush;
    this.#watch = new ProcessWatch(options.limits.quotaLeaseMs);
  }

  get process(): string {
    return this.#process;
  }

  /** `tell` is called whenever the process goes on under another name. */
  onRenamed(tell: (process: string) => void): void {
    this.#onRenamed = tell;
  }

  /** Takes this process in. `alone`: no other can be at work, so whoever is still in the table has ended without a word. */
  async start({ alone }: { readonly alone: boolean }): Promise<void> {
    await this.#register();
    this.#isStarted = true;
    this.#startTicking();
    if (!alone) return;
    const processes = (await listQuotaProcesses(this.#options.database.read))
      .map((row) => row.process)
      .filter((it) => it !== this.#process);
    if (processes.length > 0) await this.#bury(processes);
  }

  /** What this process does in the repository. Kept only while there is something to remember. */
  tally(path: string, ownerId: number | null): Tally {
    this.#startTicking();
    const tally = this.#tallies.get(path) ?? new Tally(path, ownerId);
    tally.ownerId = ownerId ?? tally.ownerId;
    this.#tallies.set(path, tally);
    return tally;
  }

  /** Repositories in which something has changed or is about to. */
  get busyPaths(): readonly string[] {
    return [...this.#tallies.values()].filter((tally) => tally.isBusy).map(({ path }) => path);
  }

  trashGrew(bytes: number): void {
    this.#trashBytes += bytes;
  }

  /** Draws bytes for a repository, once everything that was stored without a block is written down. */
  async draw(input: Omit<DrawInput, "process">): Promise<Drawn> {
    return await this.inOwnName((process) => this.#options.database.write("drawQuota", { ...input, process }));
  }

  /** Runs a write in the name that this process goes by: once more under another one when it was taken for dead. */
  async inOwnName<Done extends { readonly kind: string }>(
    write: (process: string) => Promise<Done | { readonly kind: "unknown" }>,
  ): Promise<Done> {
    for (let attempt = 1; ; attempt += 1) {
      await this.#register();
      if (this.#isUnbacked || this.#tallies.values().some((tally) => tally.isUnbacked)) await this.flush();
      const process = this.#process;
      const done = await write(process);
      if (isKnown(done) && process === this.#process) return done;
      if (attempt === 3) throw new HubError("unavailable", "The database takes this process for dead; try again soon");
      if (process === this.#process) this.#forget();
    }
  }

  /**
   * Writes down what has changed so far, one batch after another; with `handBack` all that is drawn and not taken goes back. Throws what
   * the database throws; nothing is lost then, and the next call tries again.
   */
  async flush({ handBack = false }: { readonly handBack?: boolean } = {}): Promise<void> {
    const before = this.#writing;
    const writing = before.catch(() => {}).then(() => this.#flushAll(handBack));
    this.#writing = writing.catch(() => {});
    await writing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    if (this.#registering === undefined && this.#tallies.size === 0 && this.#trashBytes === 0) return;
    try {
      await this.flush({ handBack: true });
      await this.#options.database.write("endQuotaProcess", { process: this.#process });
    } catch (error) {
      this.#options.log.error("what was stored last is not written down; it is counted after the next start", { error });
    }
  }

  async #flushAll(handBack: boolean): Promise<void> {
    let more = true;
    while (more) {
      more = false;
      if (this.#unwritten === undefined) {
        if (this.#tallies.size === 0 && this.#trashBytes === 0) return;
        await this.#register();
        this.#isUnbacked = this.#tallies.values().some((tally) => tally.isUnbacked);
        const changes = this.#takeChanges(handBack);
        if (changes.length === 0 && this.#trashBytes === 0) return;
        more = changes.length === CHANGES;
        this.#number += 1;
        const { clock } = this.#options;
        this.#unwritten = { process: this.#process, number: this.#number, nowMs: clock(), changes, trashBytes: this.#trashBytes };
        this.#trashBytes = 0;
      } else {
        more = true;
      }
      const written = await this.#options.database.write("flushUse", this.#unwritten);
      this.#beatAtMs = performance.now();
      if (!written) this.#forget();
      this.#unwritten = undefined;
      this.#isUnbacked = false;
    }
  }

  #takeChanges(handBack: boolean): UseChange[] {
    const changes: UseChange[] = [];
    for (const tally of this.#tallies.values()) {
      if (changes.length === CHANGES) break;
      const change = tally.takeChange(handBack || tally.isQuietFor(QUIET_MS));
      if (change !== undefined) changes.push(change);
      else if (tally.isIdle) this.#tallies.delete(tally.path);
    }
    return changes;
  }

  #startTicking(): void {
    const { quotaFlushMs, quotaLeaseMs } = this.#options.limits;
    const everyMs = Math.min(quotaFlushMs, quotaLeaseMs / BEATS);
    this.#timer ??= this.#closed ? undefined : setInterval(() => void this.#tick(), everyMs).unref();
  }

  async #tick(): Promise<void> {
    if (this.#ticking || this.#closed) return;
    this.#ticking = true;
    try {
      if (this.#isStarted) await this.#register(); // again, after it was taken for dead
      await this.#beforeFlush();
      await this.flush({ handBack: await this.#isAskedBack() });
      await this.#beat();
    } catch (error) {
      this.#options.log.warn("what was stored is not written down yet", { error });
    } finally {
      this.#ticking = false;
    }
  }

  /** Whether somebody needs what this process has drawn and does not use. */
  async #isAskedBack(): Promise<boolean> {
    if (!this.#tallies.values().some((tally) => tally.hasBlock)) return false;
    const before = this.#askedBack;
    this.#askedBack = await findAskedBack(this.#options.database.read);
    return before !== this.#askedBack;
  }

  async #beat(): Promise<void> {
    const { database, limits } = this.#options;
    const isDue = (lastMs: number) => performance.now() - lastMs >= limits.quotaLeaseMs / BEATS;
    if (this.#registering === undefined) return;
    if (isDue(this.#beatAtMs)) {
      this.#beatAtMs = performance.now();
      if (!(await database.write("beatQuotaProcess", { process: this.#process }))) return this.#forget();
    }
    if (!isDue(this.#lookedAtMs)) return; // apart from the beat, which each batch is one of
    this.#lookedAtMs = performance.now();
    const dead = this.#watch.look(await listQuotaProcesses(database.read), { own: this.#process, nowMs: performance.now() });
    if (dead.length > 0) await this.#bury(dead);
  }

  async #bury(processes: readonly string[]): Promise<void> {
    const { database, clock, log } = this.#options;
    log.warn("a process has ended without a word; what it stored is counted", { processes: processes.length });
    await database.write("buryQuotaProcesses", { processes, nowMs: clock() });
  }

  #register(): Promise<void> {
    this.#registering ??= this.#options.database.write("registerQuotaProcess", { process: this.#process }).catch((error: unknown) => {
      this.#rename(); // it may be registered all the same
      throw error;
    });
    return this.#registering;
  }

  /** This process was taken for dead. It goes on as another, and what it was at is counted again. */
  #forget(): void {
    const { database, clock, log } = this.#options;
    log.warn("this process was taken for dead by another one; what it stored is counted");
    this.#rename();
    this.#number = 0;
    this.#trashBytes += this.#unwritten?.trashBytes ?? 0;
    this.#unwritten = undefined;
    for (const tally of this.#tallies.values()) {
      tally.forgetBlock();
      database
        .write("askRecount", { path: tally.path, nowMs: clock() })
        .catch((error: unknown) => log.warn("recount not asked for", { error }));
    }
  }

  #rename(): void {
    this.#registering = undefined;
    this.#process = randomUUID();
    this.#onRenamed(this.#process);
  }
}

function isKnown<Done extends { readonly kind: string }>(done: Done | { readonly kind: "unknown" }): done is Done {
  return done.kind !== "unknown";
}
