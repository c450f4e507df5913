import type { ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { isLingering, lingerAfterReply } from "#http/linger.ts";
import type { NodeExchange } from "#http/node-exchange.ts";
import type { SocketEnds } from "#lib/peer-process.ts";
import type { Clock } from "#model/clock.ts";
import type { PeerAddress } from "#model/peer-address.ts";
import type { ClientCertificate } from "./client-certificate.ts";

/** What is known of a connection when it is accepted. */
export interface Arrival {
  readonly address: PeerAddress;
  readonly surplus: boolean;
  /** Whether it comes from a listed proxy, or left out. */
  readonly proxied?: boolean;
  /** What the client has shown, if an authority of the listener has signed it. */
  readonly certificate?: ClientCertificate | undefined;
}

/** Requests of one connection at once, over HTTP/1.1. Neither restic nor any browser sends a second one before the first is answered. */
const MOST_TURNS = 16;

/** One connection and the requests that it carries just now. */
export class Connection {
  /** Of the other end, which may be a proxy. */
  readonly address: PeerAddress;
  /** Its address has too many: it is only told so. */
  readonly surplus: boolean;
  readonly #proxied: boolean;
  readonly #certificate: ClientCertificate | undefined;
  readonly #socket: Socket;
  readonly #requests = new Set<NodeExchange>();
  #session: ServerHttp2Session | undefined;
  #ending = false;
  /** Those before whom a request is under way, first come first. */
  #waiting: (() => void)[] = [];
  #openTurns = 0;
  #isClosing = false;
  #isSpoilt = false;
  #cutOff = false;
  /** Undefined until it gives way; then how long an answer that was the last may take to arrive. */
  #retireGraceMs: number | undefined;

  /** `socket` is the one that speaks HTTP: over TLS, the one inside. */
  constructor(socket: Socket, { address, surplus, proxied = false, certificate }: Arrival) {
    this.address = address;
    this.surplus = surplus;
    this.#proxied = proxied;
    this.#certificate = certificate;
    this.#socket = socket;
  }

  /** Whether no further request is taken: the reply to this one says so. */
  get ending(): boolean {
    return this.#ending || this.surplus;
  }

  /**
   * Whether an answer that begins now is the last here. One that gives way has its last answer when nothing more has come behind the
   * request: those that a client has sent ahead are answered as well.
   */
  get isLast(): boolean {
    return this.ending || (this.#retireGraceMs !== undefined && this.#openTurns <= 1);
  }

  /** Whether it was the hub that ended it while requests were under way. */
  get cutOff(): boolean {
    return this.#cutOff;
  }

  /** The name in the client's certificate, while that is valid: a connection may last longer. */
  certifiedName(clock: Clock): string | undefined {
    if (this.#certificate === undefined || clock() >= this.#certificate.validUntilMs) return undefined;
    return this.#certificate.name;
  }

  /** Its two ends; undefined on a unix socket, when a listed proxy has one of them, or when it is gone. */
  get ends(): SocketEnds | undefined {
    if (this.#proxied) return undefined;
    const { localAddress, localPort, remoteAddress, remotePort } = this.#socket;
    if (localAddress === undefined || localPort === undefined || remoteAddress === undefined || remotePort === undefined) return undefined;
    return { localAddress, localPort, remoteAddress, remotePort };
  }

  get busy(): boolean {
    return this.#requests.size > 0;
  }

  /** It speaks HTTP/2. An idle one ends after `idleMs`, or at once when it cannot end in peace for `graceMs`. */
  speaksHttp2(session: ServerHttp2Session, { idleMs, graceMs }: { readonly idleMs: number; readonly graceMs: number }): void {
    this.#session = session;
    if (this.#retireGraceMs !== undefined) this.#endWithNextStream(session);
    session.setTimeout(idleMs, () => {
      if (this.busy) return;
      session.close();
      const timer = setTimeout(() => session.destroy(), graceMs);
      session.once("close", () => clearTimeout(timer));
    });
  }

  /**
   * The turn of a request over HTTP/1.1: it has come (true) when all that came before it on this connection have been answered, and never
   * comes (false) when one of those answers was the last of the connection, or the client has gone. Undefined when too many wait; else it
   * is to be ended. A DELETE that is sent behind a POST must not overtake it, and what follows an answer with `Connection: close` must not
   * be carried out at all (RFC 9112 sections 9.3.2 and 9.6).
   */
  takeTurn(): boolean | Promise<boolean> | undefined {
    // Node holds a client back only by the answers it has not taken, and whoever waits for a turn has none yet.
    if (this.#openTurns >= MOST_TURNS) return undefined;
    this.#openTurns += 1;
    // Almost always nobody is before it, and then there is nothing to wait for.
    if (this.#openTurns === 1) return this.#mayCome();
    return new Promise<void>((resolve) => this.#waiting.push(resolve)).then(() => this.#mayCome());
  }

  /** Ends the turn that has come last: to be called once for each. */
  endTurn(): void {
    this.#openTurns -= 1;
    this.#waiting.shift()?.();
  }

  /** An answer says that it is the last one here. */
  sayClose(): void {
    this.#isClosing = true;
    // A client that has sent ahead all the same must not lose the answer to a reset.
    if (this.#retireGraceMs !== undefined && this.#session === undefined) lingerAfterReply(this.#socket, this.#retireGraceMs);
  }

  /** The request counts as under way until its reply is done. */
  enter(exchange: NodeExchange): void {
    this.#requests.add(exchange);
  }

  leave(exchange: NodeExchange): void {
    this.#requests.delete(exchange);
    if (this.surplus) this.end();
    else if (this.#ending) this.#closeIfIdle();
    else if (this.#retireGraceMs !== undefined) this.#endSession(this.#retireGraceMs);
  }

  /** What came on it is not HTTP. Requests under way may still be answered; then it ends. */
  spoil(message: string, cause: Error, lingerMs: number): void {
    lingerAfterReply(this.#socket, lingerMs);
    this.#ending = true;
    this.#isSpoilt = true;
    for (const request of this.#requests) {
      if (!request.bodySpent) request.body.fail(message, cause);
    }
  }

  /** Ends with the answer to the request under way, or to the next one; one that stays idle ends after the usual time. */
  retire(graceMs: number): void {
    this.#retireGraceMs = graceMs;
    const session = this.#session;
    if (session === undefined) return;
    if (this.busy) session.close();
    else this.#endWithNextStream(session);
  }

  /**
   * The client sends no more: it waits for its answers or has gone, which only sending tells apart. Work that has nothing to send for
   * `patienceMs` is taken to be for nobody; what the client is slow to take has its own deadline.
   */
  halfClosed(patienceMs: number): void {
    const socket = this.#socket;
    let sentBytes = socket.bytesWritten;
    const timer = setInterval(() => {
      if (socket.writableLength === 0 && socket.bytesWritten === sentBytes) this.#giveUp();
      sentBytes = socket.bytesWritten;
    }, patienceMs);
    socket.once("close", () => clearInterval(timer));
  }

  /** Ends it; where a reply has begun, in such a way that nobody takes a part of it for the whole. */
  #giveUp(): void {
    const canReset = this.busy && !(this.#socket instanceof TLSSocket) && this.#socket.remoteAddress !== undefined;
    if (canReset) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  /** Takes no further request, ends when those under way have been answered. */
  end(): void {
    this.#ending = true;
    this.#session?.close();
    this.#closeIfIdle();
  }

  /** Ends at once, whatever is under way. */
  destroy(): void {
    this.#cutOff = true;
    this.#session?.destroy();
    this.#socket.destroy();
  }

  /** A session that has said its last word waits for its client to hang up, but not for ever. */
  #endSession(graceMs: number): void {
    const session = this.#session;
    if (session?.closed === true) setTimeout(() => this.busy || session.destroy(), graceMs).unref();
  }

  /** GOAWAY names the last request that is answered; a client sends what came behind it again, elsewhere (RFC 9113 section 6.8). */
  #endWithNextStream(session: ServerHttp2Session): void {
    session.once("stream", () => setImmediate(() => session.closed || session.close()));
  }

  #mayCome(): boolean {
    return !this.#isClosing && !this.#socket.destroyed;
  }

  #closeIfIdle(): void {
    if (this.busy || this.#session !== undefined) return;
    // What Node does after a reply comes first; it has already begun to close one whose reply said so.
    setImmediate(() => {
      const isClosedByNode = isLingering(this.#socket) && (this.#isClosing || !this.#isSpoilt);
      if (!this.busy && !isClosedByNode) this.#socket.destroySoon();
    });
  }
}
