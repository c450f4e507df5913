import type { ClaimedWork, WorkEnd } from "#db/due-work.ts";
import type { Limits } from "#limits.ts";
import type { Clock } from "#model/clock.ts";
import type { Job } from "./job.ts";
import { retryPauseMs } from "./retry-pause.ts";

const STOPPED = new Error("The process ends");
const LOST = new Error("The lease of this piece of work was lost");

/** One run of one piece, for the process that has claimed it. */
export class JobRun {
  readonly work: ClaimedWork;
  readonly process: string;
  readonly #controller = new AbortController();
  #isLost = false;

  constructor(work: ClaimedWork, process: string) {
    this.work = work;
    this.process = process;
  }

  /** Whether another may run it now: its result counts for nothing. */
  get isLost(): boolean {
    return this.#isLost;
  }

  lose(): void {
    this.#isLost = true; // the signal may have been aborted before, for another reason
    this.#controller.abort(LOST);
  }

  stop(): void {
    this.#controller.abort(STOPPED);
  }

  /** Runs it, until it settles: one that does not heed its signal keeps its place, because a second beside it would do more harm. Never rejects. */
  async outcome(
    job: Job,
    { limits, clock }: { readonly limits: Limits; readonly clock: Clock },
  ): Promise<{ readonly end: WorkEnd; readonly error?: unknown }> {
    const { key, payload, attempts } = this.work;
    const deadlineMs = job.deadlineMs ?? limits.jobDeadlineMs;
    const late = new Error(`It took longer than ${deadlineMs} ms`);
    const timer = setTimeout(() => this.#controller.abort(late), deadlineMs).unref();
    try {
      const { signal } = this.#controller;
      const atMs = await job.run({ key, payload, attempts }, signal);
      if (atMs === undefined) return { end: { kind: "done" } };
      if (!Number.isSafeInteger(atMs)) throw new TypeError(`${job.kind} is to come again at ${atMs}`);
      return { end: { kind: "again", atMs } };
    } catch (cause) {
      const { reason } = this.#controller.signal;
      if (reason === STOPPED || this.isLost) return { end: { kind: "released" } };
      const error = reason === late && cause !== late ? new Error(late.message, { cause }) : cause;
      const pauseMs = retryPauseMs(attempts, { firstMs: limits.jobRetryMs, mostMs: limits.jobRetryMostMs });
      const text = error instanceof Error ? error.message : String(error);
      return { end: { kind: "failed", retryAtMs: clock() + pauseMs, error: text }, error };
    } finally {
      clearTimeout(timer);
    }
  }
}
