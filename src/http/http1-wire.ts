import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { departures } from "./departures.ts";
import { lingerAfterReply } from "./linger.ts";
import { reasonPhrase } from "./reason-phrase.ts";
import type { ReplyHead, Wire, WireLimits } from "./wire.ts";

/** HTTP/1.0 and HTTP/1.1, clear or over TLS. */
export class Http1Wire implements Wire {
  readonly protocol: string;
  readonly incoming: IncomingMessage;
  readonly declaredBytes: number | undefined;
  readonly #response: ServerResponse;
  readonly #limits: WireLimits;
  readonly #socket: Socket;
  #wake: ((sent: boolean) => void) | undefined;
  #watched = false;
  #done = false;

  constructor(request: IncomingMessage, response: ServerResponse, limits: WireLimits) {
    this.protocol = request.httpVersion === "1.1" ? "HTTP/1.1" : `HTTP/${request.httpVersion}`;
    this.incoming = request;
    this.declaredBytes = declaredBytes(request);
    this.#response = response;
    this.#limits = limits;
    this.#socket = request.socket;
    // Each of these errors is followed by a "close", which is what counts.
    response.on("error", ignore);
  }

  get arrived(): boolean {
    return this.incoming.complete;
  }

  get gone(): boolean {
    return this.#done || this.#response.destroyed;
  }

  sendContinue(): void {
    this.#response.writeContinue();
  }

  sendHead({ status, headers, reason, close }: ReplyHead): void {
    if (close) this.#response.shouldKeepAlive = false;
    const phrase = reason === undefined ? undefined : reasonPhrase(reason);
    this.#response.writeHead(status, phrase ?? STATUS_CODES[status] ?? "Unknown", headers);
  }

  async write(bytes: Uint8Array): Promise<boolean> {
    if (this.gone) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#wake = resolve;
    this.#response.write(bytes, (error) => resolve(error === null || error === undefined));
    this.#watch();
    const sent = await promise;
    this.#wake = undefined;
    return sent && !this.gone;
  }

  end(bytes?: Uint8Array): void {
    const leave = () => {
      if (bytes === undefined) this.#response.end();
      else this.#response.end(bytes);
      if (this.#response.writableLength > 0) this.#watch();
    };
    departures.add({ bytes: bytes?.length ?? 0, leave });
  }

  giveUpBody(_discarded: Promise<void>): void {
    lingerAfterReply(this.#socket, this.#limits.drainTimeoutMs);
  }

  awaitBody(discarded: Promise<void>, timeoutMs: number): void {
    const end = () => {
      clearTimeout(timer);
      if (this.incoming.complete)
        this.incoming.resume(); // the bound may have stopped it a moment before its end
      else this.#socket.destroy();
    };
    const timer = setTimeout(end, timeoutMs);
    timer.unref();
    void discarded.then(end);
  }

  breakOff(): void {
    // A plain end looks like a complete reply to a client that knows no length: reset. TLS has its own end mark, which destroying
    // leaves out, and a unix socket knows no reset (spec/restbackup.md section 2.7).
    const canReset = !(this.#socket instanceof TLSSocket) && this.#socket.remoteAddress !== undefined;
    if (canReset) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  onDone(done: (complete: boolean) => void): void {
    const settle = (complete: boolean) => {
      if (this.#done) return;
      this.#done = true;
      this.#wake?.(false);
      done(complete);
    };
    // A client that had gone before this was made has no "close" left to tell of it.
    if (this.#response.destroyed) queueMicrotask(() => settle(false));
    // Follows upon "finish" as well as upon a broken connection.
    this.#response.on("close", () => settle(this.#response.writableFinished));
  }

  /** The socket's own timer counts every byte that the network takes, also of a piece that is only half sent. */
  #watch(): void {
    if (this.#watched) return;
    this.#watched = true;
    this.#response.setTimeout(this.#limits.progressTimeoutMs, () => {
      if (this.#wake !== undefined || this.#response.writableEnded) this.breakOff();
    });
  }
}

function declaredBytes({ headers }: IncomingMessage): number | undefined {
  if (headers["transfer-encoding"] !== undefined) return undefined;
  return headers["content-length"] === undefined ? 0 : Number(headers["content-length"]);
}

function ignore(): void {}
