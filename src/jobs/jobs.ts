import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "#db/database.ts";
import { hasDueWork, listDueWorkProcesses, type ScheduleInput } from "#db/due-work.ts";
import type { Log } from "#lib/log.ts";
import { ProcessWatch } from "#lib/process-watch.ts";
import { untilAborted } from "#lib/until-aborted.ts";
import type { Limits } from "#limits.ts";
import type { Clock } from "#model/clock.ts";
import type { Job } from "./job.ts";
import { JobRun } from "./job-run.ts";

const BEATS_PER_LEASE = 6;

/** So much of a lease may go by without a beat; then runs are stopped, one beat later at most, and so before anybody takes them over. */
const OWN_SHARE_OF_LEASE = 2 / 3;

export interface JobsOptions {
  readonly database: Database;
  readonly log: Log;
  readonly limits: Limits;
  readonly clock: Clock;
  /** Time that never jumps, in milliseconds; `performance.now` when nothing is said. Leases are counted by it. */
  readonly runningMs?: () => number;
  /** What is to be done, each kind once. */
  readonly jobs: readonly Job[];
}

/**
 * Does what is due, together with every other process on the same database: each piece is run by one of them at a time
 * (docs/decisions/025). Disposing stops it.
 */
export class Jobs implements AsyncDisposable {
  readonly #options: JobsOptions;
  readonly #jobs: ReadonlyMap<string, Job>;
  readonly #watch: ProcessWatch;
  readonly #runs = new Map<JobRun, Promise<void>>();
  readonly #over = new AbortController();
  #process: string = randomUUID();
  #isRegistered = false;
  #beatAtMs: number;
  #looking: Promise<void> | undefined;
  #isLookWanted = false;
  #isStopping = false;
  #isFailing = false;
  #isClaimInDoubt = false;
  #timers: NodeJS.Timeout[] = [];
  #soon: { readonly atMs: number; readonly timer: NodeJS.Timeout } | undefined;
  #keeping: Promise<void> | undefined;

  constructor(options: JobsOptions) {
    this.#options = options;
    this.#jobs = new Map(options.jobs.map((job) => [job.kind, job]));
    if (this.#jobs.size < options.jobs.length) throw new Error("Two jobs have one kind");
    this.#watch = new ProcessWatch(options.limits.jobLeaseMs);
    this.#beatAtMs = this.#nowMs();
  }

  /** How many pieces this process runs at the moment. */
  get running(): number {
    return this.#runs.size;
  }

  /** Asks for a piece of work of a kind that this process knows; resolves when it is durable. Throws `invalid_input`. */
  async schedule(input: Omit<ScheduleInput, "lane" | "nowMs">): Promise<void> {
    const { database, clock, limits } = this.#options;
    const job = this.#jobs.get(input.kind);
    if (job === undefined) throw new Error(`No job is called ${input.kind}`);
    const nowMs = clock();
    await database.write("scheduleDueWork", { ...input, lane: job.lane, nowMs });
    if (this.#timers.length > 0 && input.dueAtMs - nowMs < limits.jobLookMs) this.#lookIn(input.dueAtMs - nowMs);
  }

  /** Begins to look for work, at once and again and again. */
  start(): void {
    const { jobLookMs, jobLeaseMs } = this.#options.limits;
    if (this.#timers.length > 0 || this.#isStopping) return;
    this.#timers = [
      setInterval(() => void this.look(), jobLookMs).unref(),
      setInterval(() => void this.keepLeases(), jobLeaseMs / BEATS_PER_LEASE).unref(),
    ];
    void this.keepLeases();
    void this.look();
  }

  /** Claims what is due and begins it, as far as there is room; resolves when it is begun. Never rejects. */
  async look(): Promise<void> {
    if (this.#isStopping) return;
    this.#isLookWanted = true;
    this.#looking ??= this.#lookWhileWanted();
    await this.#looking;
  }

  /**
   * Shows that this process lives, takes over what dead ones have left, and mends times that a clock set back has left far ahead.
   * `start` has it called six times a lease. Never rejects.
   */
  async keepLeases(): Promise<void> {
    // Looked at before anything is awaited: a database that does not answer must not keep us from seeing that time is up.
    const isHeld = [...this.#runs.keys()].some((run) => !run.isLost);
    if (isHeld && this.#nowMs() - this.#beatAtMs >= this.#options.limits.jobLeaseMs * OWN_SHARE_OF_LEASE) this.#lose();
    this.#keeping ??= this.#keep().finally(() => {
      this.#keeping = undefined;
    });
    await this.#keeping;
  }

  /** Tells every run to stop, waits up to `jobStopMs` for them, and gives back what they had claimed. Never rejects. */
  async stop(): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    const { database, limits, log } = this.#options;
    clearTimeout(this.#soon?.timer);
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), limits.jobStopMs);
    for (const run of this.#runs.keys()) run.stop();
    while (!late.signal.aborted && (this.#looking ?? this.#keeping ?? this.#runs.values().next().value) !== undefined) {
      const settled = Promise.allSettled([this.#looking, this.#keeping, ...this.#runs.values()]);
      await untilAborted(settled, late.signal).catch(() => {}); // the loop sees that it is late
    }
    clearTimeout(timer);
    this.#over.abort();
    for (const interval of this.#timers) clearInterval(interval);
    const left = [...this.#runs.keys()].map(({ work }) => `${work.kind} ${work.key}`);
    // What still runs is not given away: another would run it beside this one. Its lease ends soon after this process.
    if (left.length > 0) return log.warn("work does not stop", { work: left });
    if (!this.#isRegistered) return;
    try {
      await database.write("endDueWorkProcess", { process: this.#process });
    } catch (error) {
      log.warn("leases of due work are not given back; others take them later", { error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #lookWhileWanted(): Promise<void> {
    while (this.#isLookWanted && !this.#isStopping) {
      this.#isLookWanted = false;
      try {
        await this.#claim();
        this.#isFailing = false;
      } catch (error) {
        this.#tellFailing(error);
      }
    }
    this.#looking = undefined; // in the same turn as the test above, so that no wish falls in between
  }

  async #claim(): Promise<void> {
    const { database, clock } = this.#options;
    const lanes = this.#lanesWithRoom();
    if (lanes.length === 0) return; // the end of a run looks again
    const startedAtMs = this.#nowMs();
    const process = this.#process;
    const runningIds = [...this.#runs.keys()].map(({ work }) => work.id);
    const kinds = [...this.#jobs.keys()];
    const wanted = { nowMs: clock(), kinds, lanes, runningIds };
    if (!this.#isClaimInDoubt && !(await hasDueWork(database.read, wanted))) return;
    if (!this.#isRegistered) await database.write("registerDueWorkProcess", { process });
    if (process !== this.#process) return; // lost meanwhile; the next look goes on under the new name
    this.#isRegistered = true;
    this.#isClaimInDoubt = true; // until it is answered: it may be made all the same, and the next one gives back what it took
    const claimed = await database.write("claimDueWork", { process, ...wanted });
    this.#isClaimInDoubt = false;
    if (process !== this.#process) return; // what it claimed lapses with its old name
    if (claimed === undefined) {
      this.#lose();
      this.#isLookWanted = true;
      return;
    }
    this.#beatAtMs = Math.max(this.#beatAtMs, startedAtMs);
    for (const work of claimed) {
      const job = this.#jobs.get(work.kind);
      if (job === undefined) continue; // it was asked for none but ours
      const run = new JobRun(work, process);
      if (this.#isStopping) run.stop();
      this.#runs.set(run, this.#see(run, job));
    }
  }

  /** Runs it and writes down what came of it, for as long as it takes to do that. Never rejects. */
  async #see(run: JobRun, job: Job): Promise<void> {
    const { database, log, clock, limits } = this.#options;
    const { id, kind, key, attempts } = run.work;
    const { end, error } = await run.outcome(job, this.#options);
    if (error !== undefined) log.error("work failed", { kind, key, attempts, error });
    while (!run.isLost && !this.#over.signal.aborted) {
      try {
        if (!(await database.write("endDueWork", { id, process: run.process, end, nowMs: clock() }))) run.lose();
        break;
      } catch (cause) {
        this.#tellFailing(cause);
        await sleep(limits.jobLookMs, undefined, { ref: false, signal: this.#over.signal }).catch(() => {});
      }
    }
    if (run.isLost) log.warn("the result of work came after its lease was lost", { kind, key, result: end.kind });
    this.#runs.delete(run);
    void this.look();
  }

  async #keep(): Promise<void> {
    const { database, clock, log } = this.#options;
    const startedAtMs = this.#nowMs();
    const process = this.#process;
    try {
      // One that runs nothing writes nothing. It is taken for dead then, without harm, and claims under another name later.
      if (this.#isRegistered && this.#runs.size > 0) {
        const lives = await database.write("beatDueWorkProcess", { process });
        if (process !== this.#process) return;
        if (lives) this.#beatAtMs = Math.max(this.#beatAtMs, startedAtMs);
        else this.#lose();
      }
      const processes = await listDueWorkProcesses(database.read);
      const beats = new Map(processes.map(({ process: name, beat }) => [name, beat]));
      for (const dead of this.#watch.look(processes, { own: this.#process, nowMs: this.#nowMs() })) {
        const pieces = (await database.write("endDueWorkProcess", { process: dead, beat: beats.get(dead) })) ?? 0;
        if (pieces === 0) continue;
        log.warn("a process has ended without a word; its work is taken over", { process: dead, pieces });
        this.#isLookWanted = true;
      }
      const mended = await database.write("mendDueTimes", { nowMs: clock() });
      if (mended > 0) log.warn("the clock was set back; due work is moved with it", { pieces: mended });
    } catch (error) {
      this.#tellFailing(error);
    }
    if (this.#isLookWanted) await this.look();
  }

  /** The leases are gone, or may be: what runs is stopped, and this process goes on under another name, which no old row bears. */
  #lose(): void {
    if (this.#runs.size > 0) this.#options.log.warn("the leases of due work are lost", { runs: this.#runs.size });
    for (const run of this.#runs.keys()) run.lose();
    this.#process = randomUUID();
    this.#isRegistered = false;
  }

  #lanesWithRoom(): readonly { readonly lane: string; readonly room: number }[] {
    const rooms = new Map([...this.#jobs.values()].map(({ lane }) => [lane, this.#options.limits.jobsPerLane]));
    for (const { work } of this.#runs.keys()) rooms.set(work.lane, (rooms.get(work.lane) ?? 0) - 1);
    return [...rooms].filter(([, room]) => room > 0).map(([lane, room]) => ({ lane, room }));
  }

  #lookIn(pauseMs: number): void {
    if (pauseMs <= 0) return void this.look();
    const atMs = this.#nowMs() + pauseMs;
    if (this.#soon !== undefined && this.#soon.atMs <= atMs) return;
    clearTimeout(this.#soon?.timer);
    const timer = setTimeout(() => {
      this.#soon = undefined;
      void this.look();
    }, pauseMs).unref();
    this.#soon = { atMs, timer };
  }

  /** Once for as long as it lasts: it is asked again every few seconds. */
  #tellFailing(error: unknown): void {
    if (!this.#isFailing) this.#options.log.warn("due work waits for the database", { error });
    this.#isFailing = true;
  }

  #nowMs(): number {
    return (this.#options.runningMs ?? performance.now.bind(performance))();
  }
}
