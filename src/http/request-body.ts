import { freeMemory } from "#lib/free-memory.ts";
import { HubError } from "#model/hub-error.ts";
import type { IncomingBody } from "./exchange.ts";
import type { Wire, WireLimits } from "./wire.ts";

// Enough that reading and hashing overlap with the network, little enough that thousands of uploads do not matter.
const QUEUE_BYTES = 256 * 1024;

// Less is left to the collector: it gathers little, and freeing has its price.
const WORTH_FREEING_BYTES = 8 * 1024;

/** The body of one request, off its wire, with at most `QUEUE_BYTES` and what Node holds (64 KiB, over HTTP/2 one window) waiting. */
export class RequestBody implements IncomingBody {
  readonly lengthBytes: number | undefined;
  readonly #wire: Wire;
  readonly #limits: WireLimits;
  #continueWanted: boolean;
  #attached = false;
  #taken = false;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #receivedBytes = 0;
  #ended: boolean;
  #failure: HubError | undefined;
  #wake: (() => void) | undefined;
  #discard: { readonly untilBytes: number; readonly resolve: () => void } | undefined;

  /** `continueWanted`: the client sends nothing before it is told to. */
  constructor(wire: Wire, limits: WireLimits, { continueWanted }: { readonly continueWanted: boolean }) {
    this.lengthBytes = wire.declaredBytes;
    this.#wire = wire;
    this.#limits = limits;
    this.#ended = wire.declaredBytes === 0;
    this.#continueWanted = continueWanted && !this.#ended;
    wire.incoming.on("error", ignore); // "close" tells
  }

  /** How many bytes of it have come so far. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Whether nothing of it is left on the way, so that another request can follow on the connection. */
  get spent(): boolean {
    return this.#ended || (this.#wire.arrived && this.#failure === undefined);
  }

  /** Whether the rest of it will never come. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Whether its client sends nothing before it is told to, and has not been told yet. */
  get isHeldBack(): boolean {
    return this.#continueWanted;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#taken) throw new Error("The body of a request can be read once");
    this.#taken = true;
    try {
      for (;;) {
        const chunk = this.#queue.shift();
        if (chunk !== undefined) {
          this.#queuedBytes -= chunk.length;
          yield chunk;
          if (chunk.length >= WORTH_FREEING_BYTES) freeMemory(chunk);
        } else if (this.#failure !== undefined) {
          throw this.#failure;
        } else if (this.#ended) {
          return;
        } else {
          await this.#more();
        }
      }
    } finally {
      if (!this.#ended && this.#discard === undefined) this.#wire.incoming.pause();
    }
  }

  /** No more bytes will come. What is queued can still be read, then reading throws `incomplete`. */
  fail(message: string, cause?: unknown): void {
    if (this.#ended || this.#failure !== undefined) return;
    this.#failure = new HubError("incomplete", message, { cause });
    this.#notify();
  }

  /** Throws away what comes, up to `bytes`; resolves when that many came or no more will. Then nothing is read any more. */
  discard(bytes: number): Promise<void> {
    if (this.#ended || this.#failure !== undefined) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#discard = { untilBytes: this.#receivedBytes + bytes, resolve };
    this.#attach();
    this.#wire.incoming.read(0); // marks the body as being read, else Node pulls all of it off the connection by itself
    this.#wire.incoming.resume();
    return promise;
  }

  async #more(): Promise<void> {
    if (this.#continueWanted) {
      this.#continueWanted = false;
      this.#wire.sendContinue();
    }
    this.#attach();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const { progressTimeoutMs } = this.#limits;
    const timer = setTimeout(() => this.fail(`No byte of the body came for ${progressTimeoutMs / 1000} s`), progressTimeoutMs);
    this.#wire.incoming.resume();
    await promise;
    clearTimeout(timer);
  }

  #attach(): void {
    if (this.#attached) return;
    this.#attached = true;
    const { incoming } = this.#wire;
    incoming.on("data", (chunk: Uint8Array) => this.#take(chunk));
    incoming.once("end", () => this.#end());
    incoming.once("close", () => this.fail("The connection broke before the end of the body"));
    if (incoming.destroyed) this.fail("The connection broke before the end of the body");
  }

  #take(chunk: Uint8Array): void {
    this.#receivedBytes += chunk.length;
    if (this.#discard !== undefined) {
      if (this.#receivedBytes >= this.#discard.untilBytes) {
        this.#wire.incoming.pause();
        this.#notify();
      }
      return;
    }
    this.#queue.push(chunk);
    this.#queuedBytes += chunk.length;
    if (this.#queuedBytes >= QUEUE_BYTES) this.#wire.incoming.pause();
    this.#wake?.();
  }

  #end(): void {
    const isShort = this.lengthBytes !== undefined && this.#receivedBytes !== this.lengthBytes;
    if (isShort || !this.#wire.arrived) {
      this.fail("The body ended before its declared length");
    } else {
      this.#ended = true;
      this.#notify();
    }
  }

  #notify(): void {
    this.#wake?.();
    this.#discard?.resolve();
  }
}

function ignore(): void {}
