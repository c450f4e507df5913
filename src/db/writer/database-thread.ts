import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Limits } from "#limits.ts";
import { HubError } from "#model/hub-error.ts";
import { CLAIM, claim, type FromThread, type Reply, receiveError, type ThreadStart, type ToThread } from "./thread-messages.ts";

export interface DatabaseThreadOptions {
  /** The file that the thread runs. */
  readonly entry: URL;
  readonly file: string;
  readonly limits: Limits;
  /** Whether a call changes something. Then one that has begun is waited for whatever it takes, because its outcome must be told. */
  readonly changes: boolean;
  /** Is told why the thread has ended by itself. Nobody else hears of it when no call was under way. */
  readonly onLost?: ((cause: unknown) => void) | undefined;
}

/**
 * A thread with a connection of its own, for calls of named functions. It is started by the first call, and again by the next call
 * after it has died. While nothing is under way it keeps no process alive.
 */
export class DatabaseThread implements AsyncDisposable {
  readonly #options: DatabaseThreadOptions;
  #running: RunningThread | undefined;
  #closed = false;

  constructor(options: DatabaseThreadOptions) {
    this.#options = options;
  }

  /**
   * Resolves to what the function returns, or throws what it throws. `overloaded` when too many wait, `unavailable` when the call
   * waited too long or the thread died.
   */
  async run(name: string, input: unknown): Promise<unknown> {
    if (this.#closed) throw new HubError("unavailable", "The database is closed");
    if (this.#running === undefined || this.#running.ended) this.#running = new RunningThread(this.#options);
    return await this.#running.call(name, input);
  }

  /** Lets what is under way end, then the thread. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#running?.close();
  }
}

interface PendingCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly deadline: NodeJS.Timeout;
}

class RunningThread {
  readonly #options: DatabaseThreadOptions;
  readonly #worker: Worker;
  readonly #claims: Int32Array;
  readonly #free: number[];
  readonly #pending = new Map<number, PendingCall>();
  readonly #exited = Promise.withResolvers<void>();
  #cause: unknown;
  #isClosing = false;
  ended = false;

  constructor(options: DatabaseThreadOptions) {
    this.#options = options;
    const { databaseQueue, databaseBusyMs } = options.limits;
    this.#claims = new Int32Array(new SharedArrayBuffer(databaseQueue * Int32Array.BYTES_PER_ELEMENT));
    this.#free = Array.from({ length: databaseQueue }, (_, index) => databaseQueue - 1 - index);
    const workerData: ThreadStart = { file: options.file, busyMs: databaseBusyMs, claims: this.#claims };
    this.#worker = new Worker(options.entry, { workerData, execArgv: [] });
    this.#worker.unref();
    this.#worker.on("message", (replies: FromThread) => {
      for (const reply of replies) this.#receive(reply);
    });
    this.#worker.on("error", (error) => {
      this.#cause = error;
      this.ended = true; // the exit follows; a call in between starts the next thread
    });
    this.#worker.once("exit", (code) => this.#end(code));
  }

  call(name: string, input: unknown): Promise<unknown> {
    const slot = this.#free.pop();
    if (slot === undefined) throw new HubError("overloaded", "Too many calls wait for the database");
    Atomics.store(this.#claims, slot, CLAIM.waiting);
    try {
      this.#send({ slot, name, input });
    } catch (error) {
      this.#free.push(slot);
      throw error;
    }
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const deadline = setTimeout(() => this.#giveUp(slot), this.#options.limits.databaseWaitMs);
    if (this.#pending.size === 0) this.#worker.ref();
    this.#pending.set(slot, { resolve, reject, deadline });
    return promise;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    if (!this.ended) {
      this.#worker.ref();
      this.#send("close");
    }
    const patience = new AbortController();
    const { databaseBusyMs, databaseWaitMs } = this.#options.limits;
    const tooLong = sleep(databaseBusyMs + databaseWaitMs, undefined, { signal: patience.signal })
      .then(async () => void (await this.#worker.terminate()))
      .catch(() => {}); // it has ended in time
    await Promise.race([this.#exited.promise, tooLong]);
    patience.abort();
  }

  #send(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  #receive(reply: Reply): void {
    const pending = this.#pending.get(reply.slot);
    this.#pending.delete(reply.slot);
    this.#free.push(reply.slot);
    if (this.#pending.size === 0) this.#worker.unref();
    clearTimeout(pending?.deadline);
    if (reply.kind === "value") pending?.resolve(reply.value);
    else if (reply.kind === "error") pending?.reject(receiveError(reply.error));
  }

  /** The slot stays taken until the thread has seen that nobody waits. */
  #giveUp(slot: number): void {
    if (!claim(this.#claims, slot, CLAIM.withdrawn) && this.#options.changes) return;
    this.#pending.get(slot)?.reject(new HubError("unavailable", "The database was busy for too long"));
  }

  #end(code: number): void {
    this.ended = true;
    const cause = this.#cause ?? new Error(`The thread ended with code ${code}`);
    for (const [slot, { reject, deadline }] of this.#pending) {
      clearTimeout(deadline);
      const begun = this.#options.changes && Atomics.load(this.#claims, slot) === CLAIM.begun;
      const message = begun ? "The database thread stopped; it may have been saved" : "The database thread stopped";
      reject(new HubError("unavailable", message, { cause }));
    }
    this.#pending.clear();
    if (!this.#isClosing) this.#options.onLost?.(cause);
    this.#exited.resolve();
  }
}
