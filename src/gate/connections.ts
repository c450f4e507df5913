import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Http2SecureServer, Http2ServerRequest, ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { isLingering, sendAndLinger } from "#http/linger.ts";
import { parseIpAddress } from "#lib/ip-address.ts";
import { clientCertificateOf } from "./client-certificate.ts";
import { type Arrival, Connection } from "./connection.ts";
import type { ConnectionBound } from "./connection-bound.ts";
import { malformedStatus } from "./malformed.ts";
import { rawRefusal } from "./refusal.ts";
import type { Expectation, GateContext, NodeRequest, NodeResponse, RequestDesk } from "./request-desk.ts";

export interface ConnectionsOptions {
  readonly listener: string;
  readonly desk: RequestDesk;
  readonly context: GateContext;
  readonly bound: ConnectionBound;
  /** Clients are asked for certificates. */
  readonly asksClients: boolean;
}

/** The connections of one server, from the first byte to the last: what is on them goes to the desk, or is refused here. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #open = new Set<Connection>();
  readonly #bySpeaker = new WeakMap<Socket | ServerHttp2Session, Connection>();
  /** Connections whose TLS handshake is under way, by the other end's address and port. */
  readonly #handshakes = new Map<string, { readonly socket: Socket; readonly arrival: Arrival }>();
  readonly #work = new Set<Promise<void>>();
  readonly #server: HttpServer | Http2SecureServer;
  /** What a given connection has been admitted as. */
  readonly #given = new WeakMap<Socket, "admitted" | "surplus">();
  /** Those whose first bytes are still awaited, too. */
  readonly #sockets = new Set<Socket>();
  #onGone: (() => void)[] = [];
  #isRetiring = false;
  #secured: Connection | undefined;

  constructor(server: HttpServer | Http2SecureServer, options: ConnectionsOptions) {
    this.#options = options;
    this.#server = server;
    const secure = "setSecureContext" in server;
    server.on("connection", (socket: Socket) => this.#accept(socket, secure));
    if (secure) {
      // Before Node's own listener, which emits "session" for this very socket while it runs.
      server.prependListener("secureConnection", (socket) => this.#secure(socket));
      server.on("session", (session) => this.#speakHttp2(session));
      server.on("sessionError", (error) => this.#failed(error, undefined));
      server.on("tlsClientError", (error, socket) => {
        this.#handshakeFailed(error, socket);
        socket.destroy();
      });
    }
    const take = (expectation: Expectation) => (request: NodeRequest, response: NodeResponse) => this.#take(request, response, expectation);
    server.on("request", take("none"));
    server.on("checkContinue", take("continue"));
    server.on("checkExpectation", take("strange"));
    server.on("connect", (request: NodeRequest, other: Socket | NodeResponse) => this.#connectMethod(request, other));
    server.on("clientError", (error: Error, socket: Socket) => this.#malformed(error, socket));
  }

  /** Serves a connection that another process has accepted and counted. */
  take(socket: Socket, admission: "admitted" | "surplus"): void {
    this.#given.set(socket, admission);
    socket.allowHalfOpen = true; // as Node's own servers have it: a client may close its side and wait for the answer
    this.#server.emit("connection", socket);
  }

  /** Answers what comes, each time as the last of its connection. */
  retire(): void {
    this.#isRetiring = true;
    for (const connection of this.#open) connection.retire(this.#options.context.limits.drainTimeoutMs);
  }

  /** Resolves when none is left. */
  async gone(): Promise<void> {
    if (this.#sockets.size > 0) await new Promise<void>((resolve) => this.#onGone.push(resolve));
  }

  /** Takes no further request; each connection ends when it has answered those under way. */
  end(): void {
    for (const connection of this.#open) connection.end();
    for (const { socket } of this.#handshakes.values()) socket.destroy();
  }

  /** Ends all of them at once. */
  destroy(): void {
    for (const connection of this.#open) connection.destroy();
    for (const { socket } of this.#handshakes.values()) socket.destroy();
  }

  /** Resolves when no door works on a request any more. */
  async quiet(): Promise<void> {
    await Promise.all(this.#work);
  }

  #follow(work: Promise<void> | undefined): void {
    if (work === undefined) return;
    this.#work.add(work);
    void work.then(() => this.#work.delete(work));
  }

  #accept(socket: Socket, secure: boolean): void {
    const address = socket.remoteAddress === undefined ? undefined : parseIpAddress(socket.remoteAddress);
    const given = this.#given.get(socket);
    const proxied = this.#options.context.proxies.has(address);
    const counted = given === undefined && address !== undefined && !proxied;
    const answer = given ?? (counted ? this.#options.bound.enter(address) : "admitted");
    const key = portKey(socket);
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#leave(socket);
      if (counted) this.#options.bound.leave(address);
      this.#handshakes.delete(key);
    });
    if (answer === "refused") {
      socket.destroy();
      return;
    }
    const arrival = { address, surplus: answer === "surplus", proxied };
    if (secure) this.#handshakes.set(key, { socket, arrival });
    else this.#add(socket, arrival);
  }

  #leave(socket: Socket): void {
    this.#sockets.delete(socket);
    if (this.#sockets.size > 0) return;
    for (const resolve of this.#onGone.splice(0)) resolve();
  }

  #secure(socket: TLSSocket): void {
    const key = portKey(socket);
    const arrival = this.#handshakes.get(key)?.arrival ?? { address: undefined, surplus: false, proxied: true };
    this.#handshakes.delete(key);
    const certificate = this.#options.asksClients ? clientCertificateOf(socket) : undefined;
    if (typeof certificate === "string") this.#certificateRefused(certificate, arrival.address ?? "unix");
    this.#secured = this.#add(socket, typeof certificate === "object" ? { ...arrival, certificate } : arrival);
  }

  #speakHttp2(session: ServerHttp2Session): void {
    const connection = this.#secured;
    if (connection === undefined) throw new Error("An HTTP/2 session begins outside of its handshake");
    const { limits } = this.#options.context;
    this.#bySpeaker.set(session, connection);
    session.setLocalWindowSize(limits.http2SessionWindowBytes);
    connection.speaksHttp2(session, { idleMs: limits.keepAliveTimeoutMs, graceMs: limits.drainTimeoutMs });
  }

  #add(socket: Socket, arrival: Arrival): Connection {
    const connection = new Connection(socket, arrival);
    this.#open.add(connection);
    this.#bySpeaker.set(socket, connection);
    socket.once("close", () => this.#open.delete(connection));
    if (this.#isRetiring) connection.retire(this.#options.context.limits.drainTimeoutMs);
    return connection;
  }

  #take(request: NodeRequest, response: NodeResponse, expectation: Expectation): void {
    const connection = this.#connectionOf(request);
    if (connection === undefined)
      request.destroy(); // its session is already gone
    else this.#follow(this.#options.desk.take(connection, request, response, expectation));
  }

  #connectionOf(request: NodeRequest): Connection | undefined {
    if (!("stream" in request)) return this.#bySpeaker.get(request.socket);
    const session = (request as Http2ServerRequest).stream.session;
    return session === undefined ? undefined : this.#bySpeaker.get(session as ServerHttp2Session); // a server's sessions are these
  }

  /** HTTP/2 has a reply for it like for any other method; over HTTP/1.1 Node hands out the bare socket. */
  #connectMethod(request: NodeRequest, other: Socket | NodeResponse): void {
    if ("stream" in request) this.#take(request, other as NodeResponse, "none");
    else this.#refuse(other as Socket, { status: 405, problem: "CONNECT", request });
  }

  #malformed(error: NodeJS.ErrnoException, socket: Socket): void {
    if (isLingering(socket)) return;
    const connection = this.#bySpeaker.get(socket);
    const status = malformedStatus(error);
    if (connection?.busy === true) {
      // The reply on its way is worth more than a second opinion (spec/restbackup.md section 2.7), and has its own line in the log.
      // A connection that broke closes by itself; one that the client has half closed does not.
      if (status !== undefined || error.code === "HPE_INVALID_EOF_STATE")
        connection.spoil("The body is not valid HTTP", error, this.#options.context.limits.drainTimeoutMs);
      return;
    }
    if (status === undefined || !socket.writable || (status === 408 && socket.bytesRead === 0)) {
      this.#failed(error, socket);
      socket.destroy();
      return;
    }
    this.#refuse(socket, { status, problem: error.code ?? error.message, request: undefined });
  }

  #refuse(
    socket: Socket,
    { status, problem, request }: { readonly status: number; readonly problem: string; readonly request: IncomingMessage | undefined },
  ): void {
    const { log, limits, nextId } = this.#options.context;
    const id = nextId();
    const address = this.#bySpeaker.get(socket)?.address ?? "unix";
    const method = request === undefined ? {} : { method: request.method };
    log.info("request refused", { id, listener: this.#options.listener, ...method, status, problem, bytesIn: socket.bytesRead, address });
    sendAndLinger(socket, rawRefusal(status, id), limits);
  }

  #certificateRefused(problem: string, address: string): void {
    this.#options.context.log.info("client certificate not accepted", {
      listener: this.#options.listener,
      problem,
      address,
    });
  }

  /** Somebody who speaks clear text here, or does not trust the certificate, wants to find that in the log; a port scan does not. */
  #handshakeFailed(error: NodeJS.ErrnoException, socket: TLSSocket): void {
    // A certificate that is required and not accepted: Node hangs up, its error says nothing of why, and the address is gone.
    if (this.#options.asksClients && socket.authorizationError) {
      this.#certificateRefused(String(socket.authorizationError), parseIpAddress(socket.remoteAddress ?? "") ?? "unknown");
      return;
    }
    if (error.code === "ECONNRESET") {
      this.#failed(error, socket);
      return;
    }
    const address = socket.remoteAddress === undefined ? "unix" : parseIpAddress(socket.remoteAddress);
    this.#options.context.log.info("TLS handshake failed", {
      listener: this.#options.listener,
      problem: error.code ?? error.message,
      address,
    });
  }

  #failed(error: NodeJS.ErrnoException, socket: Socket | undefined): void {
    const address = socket === undefined ? undefined : this.#bySpeaker.get(socket)?.address;
    this.#options.context.log.debug("connection failed", {
      listener: this.#options.listener,
      problem: error.code ?? error.message,
      address,
      bytesIn: socket?.bytesRead,
    });
  }
}

function portKey(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
