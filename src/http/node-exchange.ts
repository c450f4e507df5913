import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import type { SocketEnds } from "#lib/peer-process.ts";
import type { Exchange, Peer, ReplyOptions, StreamOptions } from "./exchange.ts";
import { RequestBody } from "./request-body.ts";
import type { RequestTarget } from "./request-target.ts";
import type { Wire, WireLimits } from "./wire.ts";

export interface NodeExchangeOptions {
  readonly id: string;
  readonly method: string;
  readonly target: RequestTarget;
  readonly headers: IncomingHttpHeaders;
  readonly peer: Peer;
  /** Asked when somebody wants to know: most never do. */
  readonly socketEnds: () => SocketEnds | undefined;
  readonly limits: WireLimits;
  /** The client sends its body only after a 100. */
  readonly continueWanted: boolean;
  /** Whether the connection should end with the reply; asked when that begins. */
  readonly isLast: () => boolean;
  /** Called when the reply that begins tells the client so. */
  readonly onClose: () => void;
}

/** What became of a request. */
export interface Outcome {
  /** 0 when no reply was begun. */
  readonly status: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Whether the whole reply was handed to the network. */
  readonly complete: boolean;
  /** Why the hub itself broke the reply off. */
  readonly brokenBy: unknown;
  readonly notes: Readonly<Record<string, string | number | boolean>>;
}

/** An exchange over one of Node's HTTP servers. */
export class NodeExchange implements Exchange {
  readonly id: string;
  readonly method: string;
  readonly target: RequestTarget;
  readonly headers: IncomingHttpHeaders;
  readonly peer: Peer;
  readonly body: RequestBody;
  readonly #wire: Wire;
  readonly #options: NodeExchangeOptions;
  readonly #done = Promise.withResolvers<void>();
  #aborter: AbortController | undefined;
  #status = 0;
  #bytesOut = 0;
  #complete = false;
  #over = false;
  #left = false;
  #brokenBy: unknown;
  #notes: Record<string, string | number | boolean> = {};

  /** `onOutcome` is called once, when the reply is complete or never will be. */
  constructor(wire: Wire, options: NodeExchangeOptions, onOutcome: (outcome: Outcome) => void) {
    this.id = options.id;
    this.method = options.method;
    this.target = options.target;
    this.headers = options.headers;
    this.peer = options.peer;
    this.body = new RequestBody(wire, options.limits, options);
    this.#wire = wire;
    this.#options = options;
    // The request side learns first that the client has gone.
    wire.incoming.once("close", () => {
      if (!this.#over && !this.body.spent) this.#clientLeft();
    });
    wire.onDone((complete) => {
      this.#complete = complete;
      this.#over = true;
      if (!complete) {
        this.body.fail("The client went away");
        this.#clientLeft();
      }
      this.#done.resolve();
      onOutcome(this.#outcome());
    });
  }

  /** Made when it is first asked for: most requests never do. */
  get signal(): AbortSignal {
    if (this.#aborter === undefined) {
      this.#aborter = new AbortController();
      if (this.#left) this.#aborter.abort();
    }
    return this.#aborter.signal;
  }

  get socketEnds(): SocketEnds | undefined {
    return this.#options.socketEnds();
  }

  /** Whether a reply has been begun. */
  get replied(): boolean {
    return this.#status !== 0;
  }

  get sentBytes(): number {
    return this.#bytesOut;
  }

  /** Whether the reply is complete or never will be. */
  get over(): boolean {
    return this.#over;
  }

  /** Resolves when it is over. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  async reply(status: number, body: string | Uint8Array = "", options: ReplyOptions = {}): Promise<void> {
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    if (!this.#begin(status, options, bytes.length)) return;
    if (this.#hasNoBody(status) || bytes.length === 0) {
      this.#wire.end();
    } else {
      this.#bytesOut = bytes.length;
      this.#wire.end(bytes);
    }
    await this.done;
  }

  async replyStream(status: number, body: AsyncIterable<Uint8Array>, options: StreamOptions = {}): Promise<void> {
    if (!this.#begin(status, options, options.lengthBytes)) return await giveBack(body);
    if (this.#hasNoBody(status)) this.#wire.end();
    else {
      using _ = this.#waitsUntil(options.until);
      await this.#send(body, options.lengthBytes);
      return await this.done;
    }
    await this.done;
  }

  note(fields: Readonly<Record<string, string | number | boolean>>): void {
    Object.assign(this.#notes, fields);
  }

  /** Ends the exchange for a fault of the hub's own: a bare 500, or a broken connection when a reply had begun. */
  async fail(error: unknown): Promise<void> {
    this.#brokenBy ??= error;
    if (this.#over) return;
    if (!this.replied)
      return await this.reply(500, "Internal Server Error\n", { headers: { "Content-Type": "text/plain; charset=utf-8" } });
    this.#wire.breakOff();
    await this.done;
  }

  #begin(status: number, options: ReplyOptions, lengthBytes: number | undefined): boolean {
    if (this.replied) throw new Error(`A request that was answered with ${this.#status} is answered again, with ${status}`);
    if (this.#wire.gone) return false;
    this.#status = status;

    const spent = this.body.spent;
    const close = !spent || this.#options.isLast();
    if (close) this.#options.onClose();
    const headers: OutgoingHttpHeaders = { "X-Content-Type-Options": "nosniff", ...options.headers, "X-Request-Id": this.id };
    if (lengthBytes !== undefined && status !== 204) headers["Content-Length"] = lengthBytes;
    try {
      const delimited = lengthBytes !== undefined || this.#hasNoBody(status);
      this.#wire.sendHead({ status, headers, reason: options.reason, delimited, close });
    } catch (error) {
      this.#status = 0; // a header that Node refuses: nothing has left yet
      throw error;
    }
    const discarded = this.body.discard(spent ? Number.POSITIVE_INFINITY : this.#options.limits.drainBytes);
    if (!spent) this.#wire.giveUpBody(discarded);
    return true;
  }

  #clientLeft(): void {
    this.#left = true;
    this.#aborter?.abort();
  }

  #hasNoBody(status: number): boolean {
    return this.method === "HEAD" || status === 204 || status === 304;
  }

  /** Breaks the reply off a while after `until` has aborted, if it is not over by then. */
  #waitsUntil(until: AbortSignal | undefined): Disposable {
    let timer: NodeJS.Timeout | undefined;
    const end = () => {
      timer = setTimeout(() => this.#over || this.#wire.breakOff(), this.#options.limits.drainTimeoutMs);
    };
    if (until?.aborted === true) end();
    until?.addEventListener("abort", end);
    return {
      [Symbol.dispose]: () => {
        until?.removeEventListener("abort", end);
        clearTimeout(timer);
      },
    };
  }

  async #send(body: AsyncIterable<Uint8Array>, lengthBytes: number | undefined): Promise<void> {
    try {
      for await (const chunk of body) {
        if (lengthBytes !== undefined && this.#bytesOut + chunk.length > lengthBytes) {
          throw new Error(`A reply of ${lengthBytes} bytes goes on behind its end`);
        }
        if (chunk.length === 0) continue;
        if (!(await this.#wire.write(chunk))) return;
        this.#bytesOut += chunk.length;
      }
      if (lengthBytes !== undefined && this.#bytesOut < lengthBytes) {
        throw new Error(`A reply of ${lengthBytes} bytes ended after ${this.#bytesOut}`);
      }
      this.#wire.end();
    } catch (error) {
      if (this.#over) return; // the client left, and whoever made the bytes was stopped for that
      this.#brokenBy = error;
      this.#wire.breakOff();
    }
  }

  #outcome(): Outcome {
    return {
      status: this.#status,
      bytesIn: this.body.receivedBytes,
      bytesOut: this.#bytesOut,
      complete: this.#complete,
      brokenBy: this.#brokenBy,
      notes: this.#notes,
    };
  }
}

/** Whoever made the bytes ready learns that nobody wants them. */
async function giveBack(body: AsyncIterable<Uint8Array>): Promise<void> {
  await body[Symbol.asyncIterator]().return?.();
}
