import type { Database } from "#db/database.ts";
import type { Log } from "#lib/log.ts";
import type { Limits } from "#limits.ts";
import type { Clock } from "#model/clock.ts";

const BEATS_PER_LEASE = 3;

export interface ProcessBeatOptions {
  readonly database: Database;
  readonly log: Log;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly process: string;
}

/** Shows the others that this process lives, while it has something running; without, nothing is written. */
export class ProcessBeat {
  readonly #options: ProcessBeatOptions;
  #timer: NodeJS.Timeout | undefined;
  #wasKept = false;

  constructor(options: ProcessBeatOptions) {
    this.#options = options;
  }

  keep(on: boolean): void {
    if (!on) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    this.#wasKept = true;
    this.#timer ??= setInterval(() => void this.#beat(), this.#options.limits.timelineLeaseMs / BEATS_PER_LEASE).unref();
  }

  /** Nothing of this process runs any more, whatever the table says. Never rejects. */
  async end(): Promise<void> {
    this.keep(false);
    if (!this.#wasKept) return;
    const { database, process, clock, log } = this.#options;
    try {
      await database.write("interruptOperations", { process, nowMs: clock() });
    } catch (error) {
      log.warn("running operations are not marked as interrupted", { error });
    }
  }

  async #beat(): Promise<void> {
    const { database, process, log } = this.#options;
    try {
      await database.write("beatOperationProcess", { process });
    } catch (error) {
      log.warn("sign of life not written", { error });
    }
  }
}
