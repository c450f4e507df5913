import { Worker } from "node:worker_threads";

/** What the thread is asked. */
export interface HashQuestion {
  readonly id: number;
  readonly hash: string;
  readonly secret: string;
}

/** What it answers. */
export interface HashAnswer {
  readonly id: number;
  readonly right: boolean;
}

const THREAD = new URL("./htpasswd-thread.ts", import.meta.url);

// The dearest hash that an import lets in takes little more than a second; whatever takes this long is no password check any more.
const DEADLINE_MS = 30_000;
// Once every login has its own hash, nobody asks again.
const IDLE_MS = 60_000;

interface Waiting {
  readonly resolve: (right: boolean) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Checks passwords against the hashes of htpasswd files in a thread of its own, one after another, so that no bcrypt holds up the event
 * loop. The thread starts with the first question, ends when nobody has asked for a minute, and never keeps the process alive.
 */
export class HtpasswdVerifier {
  readonly #waiting = new Map<number, Waiting>();
  #thread: Worker | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lastId = 0;

  /** Whether `secret` is that of `hash`. Rejects when the thread breaks or does not answer in time. */
  async verify(hash: string, secret: string): Promise<boolean> {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const id = ++this.#lastId;
    this.#waiting.set(id, { resolve, reject });
    this.#thread ??= this.#start();
    this.#thread.ref();
    this.#watch(DEADLINE_MS);
    this.#thread.postMessage({ id, hash, secret } satisfies HashQuestion);
    return await promise;
  }

  #start(): Worker {
    const thread = new Worker(THREAD);
    thread.on("message", ({ id, right }: HashAnswer) => {
      this.#waiting.get(id)?.resolve(right);
      this.#waiting.delete(id);
      if (this.#waiting.size > 0) return this.#watch(DEADLINE_MS);
      thread.unref();
      this.#watch(IDLE_MS);
    });
    thread.on("error", (error) => this.#end(thread, error));
    return thread;
  }

  /** Ends the thread unless something happens before: nobody asks, or a question takes too long. */
  #watch(ms: number): void {
    clearTimeout(this.#timer);
    const thread = this.#thread;
    this.#timer = setTimeout(() => this.#end(thread, new Error("A password check took too long")), ms).unref();
  }

  #end(thread: Worker | undefined, error: unknown): void {
    if (thread === undefined || thread !== this.#thread) return;
    this.#thread = undefined;
    clearTimeout(this.#timer);
    for (const { reject } of this.#waiting.values()) reject(new Error("A password could not be checked", { cause: error }));
    this.#waiting.clear();
    void thread.terminate();
  }
}
