import type { Database } from "#db/database.ts";
import type { OperationUpdate } from "#db/operations.ts";
import type { Log } from "#lib/log.ts";
import type { Limits } from "#limits.ts";
import type { Clock } from "#model/clock.ts";
import { HubError } from "#model/hub-error.ts";
import type { NewOperation } from "#model/operation.ts";
import { ProcessBeat } from "./process-beat.ts";
import { RunningOperation } from "./running-operation.ts";

const BATCH = 256;
const RETRY_MS = 1000;

export interface TimelineOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: Limits;
  /** The name of this process among those that share the database. */
  readonly process: string;
  /** Called when something was written. */
  readonly tell?: () => void;
}

/**
 * Takes what happens and writes it down soon after, in batches: nothing that is acknowledged ever waits for it. When the database
 * takes nothing for long, the newest lines are left out, and the log says how many.
 */
export class Timeline implements AsyncDisposable {
  readonly #options: TimelineOptions;
  readonly #beat: ProcessBeat;
  #queue: (NewOperation | RunningOperation)[] = [];
  readonly #running = new Set<RunningOperation>();
  readonly #changed = new Set<RunningOperation>();
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  #wakesAtMs = 0;
  #writing: Promise<void> | undefined;
  #closed = false;

  constructor(options: TimelineOptions) {
    this.#options = options;
    this.#beat = new ProcessBeat(options);
  }

  /** The name of this process among those that share the database. */
  get process(): string {
    return this.#options.process;
  }

  /** Adds a line. Returns at once and never throws. */
  record(operation: NewOperation): void {
    this.#add(operation);
  }

  /**
   * Adds a line that goes on, with status `running` or another that will stay. Returns at once and never throws. Whoever begins it
   * finishes it; what still runs when this process ends is told as interrupted.
   */
  begin(operation: Omit<NewOperation, "status" | "endedAtMs"> & Partial<Pick<NewOperation, "status">>): RunningOperation {
    const running = new RunningOperation({ status: "running", ...operation, endedAtMs: undefined }, (changed) => this.#change(changed));
    this.#running.add(running);
    this.#beat.keep(true);
    this.#add(running);
    return running;
  }

  /** Resolves when all that was recorded so far is written, or was given up. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#queue.length > 0 || this.#due(true).length > 0 || this.#writing !== undefined) {
      if (!(await this.#writeNext({ all: true }))) break;
    }
  }

  /** Writes what is left, and that what still runs is interrupted. */
  async [Symbol.asyncDispose](): Promise<void> {
    const endedAtMs = this.#options.clock();
    for (const running of this.#running) {
      const { status } = running.now;
      running.finish(status === "running" ? "interrupted" : status, { endedAtMs });
    }
    await this.flush();
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#giveUp(this.#queue.splice(0));
    this.#logDropped();
    await this.#beat.end();
  }

  #add(line: NewOperation | RunningOperation): void {
    if (this.#queue.length >= this.#options.limits.timelineQueue || this.#closed) {
      this.#giveUp([line]); // the log tells of it with the next batch: a flood must not become one there
      if (this.#closed) this.#logDropped();
      return;
    }
    this.#queue.push(line);
    this.#wakeIn(this.#options.limits.timelineDelayMs);
  }

  #change(running: RunningOperation): void {
    if (running.isFinished) {
      this.#running.delete(running);
      if (this.#running.size === 0) this.#beat.keep(false);
    }
    if (running.state === "lost") {
      if (running.isFinished) this.#add(running.now); // its beginning did not get through; now it is told as a whole
      return;
    }
    if (running.state !== "written") return; // it is still in the queue, or on its way, and goes along
    this.#changed.add(running);
    const { timelineDelayMs, timelineReportMs } = this.#options.limits;
    this.#wakeIn(running.isFinished ? timelineDelayMs : timelineReportMs);
  }

  /** Wakes at that time or earlier. */
  #wakeIn(delayMs: number): void {
    if (this.#closed) return;
    const atMs = performance.now() + delayMs;
    if (this.#timer !== undefined && this.#wakesAtMs <= atMs) return;
    clearTimeout(this.#timer);
    this.#wakesAtMs = atMs;
    this.#timer = setTimeout(() => void this.#wake(), delayMs).unref();
  }

  async #wake(): Promise<void> {
    this.#timer = undefined;
    while (this.#queue.length > 0 || this.#due(false).length > 0) {
      if (!(await this.#writeNext({ all: false }))) return this.#wakeIn(RETRY_MS);
    }
    if (this.#changed.size > 0) this.#wakeIn(this.#options.limits.timelineReportMs);
  }

  /** Those whose change is to be written now; `all`: also those that were written a moment ago. */
  #due(all: boolean): RunningOperation[] {
    const beforeMs = performance.now() - this.#options.limits.timelineReportMs;
    return [...this.#changed].filter((running) => all || running.isFinished || running.writtenAtMs <= beforeMs).slice(0, BATCH);
  }

  /** Writes one batch, after the one that is on its way. False when the database does not take it now. */
  async #writeNext({ all }: { readonly all: boolean }): Promise<boolean> {
    while (this.#writing !== undefined) await this.#writing;
    let isTaken = true;
    this.#writing = this.#writeBatch(this.#queue.splice(0, BATCH), this.#due(all))
      .then((taken) => {
        isTaken = taken;
      })
      .finally(() => {
        this.#writing = undefined;
      });
    await this.#writing;
    return isTaken;
  }

  async #writeBatch(lines: readonly (NewOperation | RunningOperation)[], changed: readonly RunningOperation[]): Promise<boolean> {
    if (lines.length === 0 && changed.length === 0) return true;
    const { database, process, clock, tell, log } = this.#options;
    for (const running of changed) this.#changed.delete(running);
    const sent = lines.map((line) => (line instanceof RunningOperation ? line.send() : line));
    const updates = changed.map((running): OperationUpdate => ({ ...running.send(), id: running.id, details: running.now.details ?? {} }));
    try {
      const ids = await database.write("writeTimeline", { lines: sent, updates, process, nowMs: clock() });
      for (const [index, line] of lines.entries()) if (line instanceof RunningOperation) this.#settle(line, ids[index]);
      for (const running of changed) this.#settle(running, running.id);
      tell?.();
      this.#logDropped();
      return true;
    } catch (error) {
      // To write a change once more does no harm; a line would be there twice.
      if (error instanceof HubError && error.code === "unavailable") for (const running of changed) this.#changed.add(running);
      if (isWorthRetrying(error)) {
        this.#queue.unshift(...lines);
        for (const line of lines) if (line instanceof RunningOperation) line.unsend();
        log.warn("operations are not written yet", { lines: this.#queue.length, error });
        return false;
      }
      log.error("operations not written", { error });
      this.#giveUp(lines);
      return true;
    }
  }

  /** It has a number now; what has changed on the way comes next. */
  #settle(running: RunningOperation, id: number | undefined): void {
    if (id === undefined) return; // somebody else has written this one
    running.isWrittenAs(id);
    if (running.isChanged) this.#change(running);
  }

  #giveUp(lines: readonly (NewOperation | RunningOperation)[]): void {
    this.#dropped += lines.length;
    for (const line of lines) if (line instanceof RunningOperation) line.lose();
  }

  #logDropped(): void {
    if (this.#dropped > 0) this.#options.log.error("operations are missing in the timeline", { count: this.#dropped });
    this.#dropped = 0;
  }
}

/** Whether nothing of it has happened and it may be taken later. */
function isWorthRetrying(error: unknown): boolean {
  const isAway = error instanceof HubError && ["unavailable", "overloaded", "storage_full"].includes(error.code);
  return isAway && !error.message.includes("may have been saved") && !error.message.includes("closed");
}
