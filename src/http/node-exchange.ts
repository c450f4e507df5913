import type { IncomingHttpHeaders } from "node:http";
import type { SocketEnds } from "#lib/peer-process.ts";
import type { Exchange, Peer, ReplyOptions, StreamOptions } from "./exchange.ts";
import { type RawHeaders, rawHeaders } from "./raw-headers.ts";
import { RequestBody } from "./request-body.ts";
import type { RequestTarget } from "./request-target.ts";
import type { Wire, WireLimits } from "./wire.ts";

/** The connection that a request came on, as far as its reply has to do with it. */
export interface ExchangeConnection {
  /** Whether it ends with the reply that begins now. */
  readonly isLast: boolean;
  /** Its two ends, when they are the client's own and the hub's. */
  readonly ends: SocketEnds | undefined;
  /** The reply that begins tells the client that it is the last one. */
  sayClose(): void;
}

export interface NodeExchangeOptions {
  readonly id: string;
  readonly method: string;
  readonly target: RequestTarget;
  readonly rawTarget: string;
  readonly headers: IncomingHttpHeaders;
  readonly peer: Peer;
  readonly connection: ExchangeConnection;
  readonly limits: WireLimits;
  /** The client sends its body only after a 100. */
  readonly continueWanted: boolean;
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
  readonly notes: Notes;
}

/** Fields of a request's line in the access log. */
type Notes = Readonly<Record<string, string | number | boolean>>;

/** An exchange over one of Node's HTTP servers. */
export class NodeExchange implements Exchange {
  readonly id: string;
  readonly method: string;
  readonly target: RequestTarget;
  readonly rawTarget: string;
  readonly headers: IncomingHttpHeaders;
  readonly peer: Peer;
  readonly #wire: Wire;
  readonly #options: NodeExchangeOptions;
  #body: RequestBody | undefined;
  #done: PromiseWithResolvers<void> | undefined;
  #last: Disposable | undefined;
  #aborter: AbortController | undefined;
  #status = 0;
  #bytesOut = 0;
  #complete = false;
  #over = false;
  #left = false;
  #brokenBy: unknown;
  #notes: Notes[] | undefined;

  /** `onOver` is called once, when the reply is complete or never will be. */
  constructor(wire: Wire, options: NodeExchangeOptions, onOver: (exchange: NodeExchange) => void) {
    this.id = options.id;
    this.method = options.method;
    this.target = options.target;
    this.rawTarget = options.rawTarget;
    this.headers = options.headers;
    this.peer = options.peer;
    this.#wire = wire;
    this.#options = options;
    if (wire.declaredBytes !== 0) {
      this.#body = new RequestBody(wire, options.limits, options);
      // The request side learns first that the client has gone.
      wire.incoming.once("close", () => {
        if (!this.#over && !this.bodySpent) this.#clientLeft();
      });
    }
    wire.onDone((complete) => {
      this.#complete = complete;
      this.#over = true;
      if (!complete) {
        this.#body?.fail("The client went away");
        this.#clientLeft();
      }
      this.#last?.[Symbol.dispose]();
      this.#done?.resolve();
      onOver(this);
    });
  }

  /** Made when it is first asked for where there is none: most requests have no body, and nobody looks. */
  get body(): RequestBody {
    this.#body ??= new RequestBody(this.#wire, this.#options.limits, this.#options);
    return this.#body;
  }

  /** Whether nothing of the body is left on the way. */
  get bodySpent(): boolean {
    return this.#body === undefined || this.#body.spent;
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
    return this.#options.connection.ends;
  }

  /** What was answered; 0 before. */
  get status(): number {
    return this.#status;
  }

  /** Whether the whole reply was handed to the network. */
  get complete(): boolean {
    return this.#complete;
  }

  /** Whether one has been begun. */
  get replied(): boolean {
    return this.#status !== 0;
  }

  get sentBytes(): number {
    return this.#bytesOut;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Resolves when it is over. */
  get done(): Promise<void> {
    if (this.#over) return Promise.resolve();
    this.#done ??= Promise.withResolvers<void>();
    return this.#done.promise;
  }

  async reply(status: number, body: string | Uint8Array = "", options: ReplyOptions = {}): Promise<void> {
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    if (!this.#begin({ ...options, status, headers: rawHeaders(options.headers), lengthBytes: bytes.length })) return;
    this.#end(status, bytes);
    await this.done;
  }

  replyNow(status: number, headers: RawHeaders, body: Uint8Array, lengthBytes = body.length): void {
    if (this.#begin({ status, headers, lengthBytes })) this.#end(status, body);
  }

  afterwards(part: Disposable): void {
    if (this.#over) part[Symbol.dispose]();
    else this.#last = part;
  }

  async replyStream(status: number, body: AsyncIterable<Uint8Array>, options: StreamOptions = {}): Promise<void> {
    const { lengthBytes } = options;
    if (!this.#begin({ ...options, status, headers: rawHeaders(options.headers), lengthBytes })) return await giveBack(body);
    if (this.#hasNoBody(status)) this.#wire.end();
    else {
      using _ = this.#waitsUntil(options.until);
      await this.#send(body, options.lengthBytes);
      return await this.done;
    }
    await this.done;
  }

  note(fields: Notes): void {
    if (this.#notes === undefined) this.#notes = [fields];
    else this.#notes.push(fields);
  }

  /** To be asked when it is over. */
  outcome(): Outcome {
    return {
      status: this.#status,
      bytesIn: this.#body?.receivedBytes ?? 0,
      bytesOut: this.#bytesOut,
      complete: this.#complete,
      brokenBy: this.#brokenBy,
      notes: Object.assign({}, ...(this.#notes ?? [])),
    };
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

  #begin({ status, headers, reason, drain, lengthBytes }: ReplyBegin): boolean {
    if (this.replied) throw new Error(`A request that was answered with ${this.#status} is answered again, with ${status}`);
    if (this.#wire.gone) return false;
    this.#status = status;

    const { connection, limits } = this.#options;
    const spent = this.bodySpent;
    const mayEnd = this.#body?.isHeldBack !== true && this.#body?.hasFailed !== true;
    const awaited = spent || connection.isLast || !mayEnd ? undefined : drain;
    const close = (!spent && awaited === undefined) || connection.isLast;
    if (close) connection.sayClose();
    const all: RawHeaders = ["X-Content-Type-Options", "nosniff"];
    for (const part of headers) all.push(part);
    all.push("X-Request-Id", this.id);
    if (lengthBytes !== undefined && status !== 204) all.push("Content-Length", lengthBytes);
    try {
      const delimited = lengthBytes !== undefined || this.#hasNoBody(status);
      this.#wire.sendHead({ status, headers: all, reason, delimited, close });
    } catch (error) {
      this.#status = 0; // a header that Node refuses: nothing has left yet
      throw error;
    }
    const discarded = this.#body?.discard(spent ? Number.POSITIVE_INFINITY : (drain?.bytes ?? limits.drainBytes));
    if (spent || discarded === undefined) return true;
    if (awaited === undefined) this.#wire.giveUpBody(discarded);
    else this.#wire.awaitBody(discarded, awaited.timeoutMs);
    return true;
  }

  /** Sends the last bytes, which are all there are. */
  #end(status: number, bytes: Uint8Array): void {
    if (bytes.length === 0 || this.#hasNoBody(status)) {
      this.#wire.end();
    } else {
      this.#bytesOut = bytes.length;
      this.#wire.end(bytes);
    }
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
}

interface ReplyBegin extends Pick<ReplyOptions, "reason" | "drain"> {
  readonly status: number;
  readonly headers: RawHeaders;
  readonly lengthBytes: number | undefined;
}

/** Whoever made the bytes ready learns that nobody wants them. */
async function giveBack(body: AsyncIterable<Uint8Array>): Promise<void> {
  await body[Symbol.asyncIterator]().return?.();
}
