import type { Database } from "#db/database.ts";
import type { Log } from "#lib/log.ts";
import type { Limits } from "#limits.ts";
import type { NewOperation } from "#model/operation.ts";

const BATCH = 256;

/**
 * Takes what has happened and writes it down soon after, in batches: nothing that is acknowledged ever waits for it. When the database
 * takes nothing for long, the newest lines are left out, and the log says how many.
 */
export class Timeline implements AsyncDisposable {
  readonly #database: Database;
  readonly #log: Log;
  readonly #limits: Limits;
  #queue: NewOperation[] = [];
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #closed = false;

  constructor({ database, log, limits }: { readonly database: Database; readonly log: Log; readonly limits: Limits }) {
    this.#database = database;
    this.#log = log;
    this.#limits = limits;
  }

  /** Adds a line. Returns at once and never throws. */
  record(operation: NewOperation): void {
    if (this.#queue.length >= this.#limits.timelineQueue || this.#closed) {
      this.#dropped += 1;
      return;
    }
    this.#queue.push(operation);
    this.#timer ??= setTimeout(() => void this.flush(), this.#limits.timelineDelayMs).unref();
  }

  /** Resolves when all that was recorded so far is written, or was given up. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#queue.length > 0 || this.#writing !== undefined) {
      this.#writing ??= this.#writeBatch().finally(() => {
        this.#writing = undefined;
      });
      await this.#writing;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush();
    this.#closed = true;
  }

  async #writeBatch(): Promise<void> {
    const operations = this.#queue.splice(0, BATCH);
    try {
      await this.#database.write("recordOperations", { operations });
    } catch (error) {
      this.#dropped += operations.length;
      this.#log.error("operations not written", { error });
    }
    if (this.#dropped > 0) this.#log.error("operations are missing in the timeline", { count: this.#dropped });
    this.#dropped = 0;
  }
}
