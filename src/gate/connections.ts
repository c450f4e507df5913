import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest, ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { departures } from "#http/departures.ts";
import { isLingering, sendAndLinger } from "#http/linger.ts";
import { clientCertificateOf } from "./client-certificate.ts";
import { type Arrival, Connection } from "./connection.ts";
import type { ConnectionBound } from "./connection-bound.ts";
import type { GivenConnection } from "./gate-options.ts";
import { malformedStatus } from "./malformed.ts";
import type { NodeServer } from "./node-server.ts";
import { type ListenKind, peerAddressOf } from "./peer-address-of.ts";
import { rawRefusal } from "./refusal.ts";
import type { Expectation, GateContext, NodeRequest, NodeResponse, RequestDesk } from "./request-desk.ts";

export interface ConnectionsOptions {
  readonly listener: string;
  readonly kind: ListenKind;
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
  /** Connections of the network whose TLS handshake is under way, by both ends. */
  readonly #handshakes = new Map<string, { readonly socket: Socket; readonly arrival: Arrival }>();
  readonly #work = new Set<Promise<void>>();
  readonly #server: NodeServer;
  /** What is known of given connections, from the process that has accepted them. */
  readonly #given = new WeakMap<Socket, Arrival>();
  /** Those whose first bytes are still awaited, too. */
  readonly #sockets = new Set<Socket>();
  #onGone: (() => void)[] = [];
  #isRetiring = false;
  #secured: Connection | undefined;

  constructor(server: NodeServer, options: ConnectionsOptions) {
    this.#options = options;
    this.#server = server;
    const secure = "setSecureContext" in server;
    // Else Node closes our side as soon as a client closes its own, and drops the answers that have not left.
    Object.assign(server, { httpAllowHalfOpen: true });
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
  take({ socket, address, surplus }: GivenConnection): void {
    this.#given.set(socket, { address, surplus, proxied: this.#options.context.proxies.has(address) });
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
    for (const socket of this.#sockets) socket.destroy();
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
    this.#sockets.add(socket);
    socket.once("close", () => this.#leave(socket));
    const arrival = this.#given.get(socket) ?? this.#admit(socket);
    if (arrival === undefined) socket.destroy();
    else if (!secure) this.#add(socket, arrival);
    else if (this.#options.kind === "tcp") this.#awaitHandshake(socket, arrival);
  }

  /** Counts the connection until it ends. Undefined when it is not to be served. */
  #admit(socket: Socket): Arrival | undefined {
    const { kind, bound, context } = this.#options;
    const address = peerAddressOf(socket, kind);
    if (address === undefined) return undefined; // its client has gone already
    const proxied = context.proxies.has(address);
    if (proxied || address === "unix") return { address, surplus: false, proxied };
    const answer = bound.enter(address);
    socket.once("close", () => bound.leave(address));
    return answer === "refused" ? undefined : { address, surplus: answer === "surplus", proxied };
  }

  #awaitHandshake(socket: Socket, arrival: Arrival): void {
    const key = endsKey(socket);
    if (key === undefined) {
      socket.destroy(); // nobody could tell later which one it was, and its client has gone
      return;
    }
    const handshake = { socket, arrival };
    this.#handshakes.set(key, handshake);
    socket.once("close", () => {
      if (this.#handshakes.get(key) === handshake) this.#handshakes.delete(key);
    });
  }

  #leave(socket: Socket): void {
    this.#sockets.delete(socket);
    if (this.#sockets.size > 0) return;
    for (const resolve of this.#onGone.splice(0)) resolve();
  }

  #secure(socket: TLSSocket): void {
    const arrival = this.#arrivalOf(socket);
    if (arrival === undefined) {
      this.#secured = undefined;
      socket.destroy();
      return;
    }
    if (socket.alpnProtocol !== "h2") socket.allowHalfOpen = true; // as over clear text
    const certificate = this.#options.asksClients ? clientCertificateOf(socket) : undefined;
    if (typeof certificate === "string") this.#certificateRefused(certificate, arrival.address);
    this.#secured = this.#add(socket, typeof certificate === "object" ? { ...arrival, certificate } : arrival);
  }

  /** What was known when it was accepted; undefined when its client has gone meanwhile, with the address by which it would be found. */
  #arrivalOf(socket: TLSSocket): Arrival | undefined {
    const { kind, context } = this.#options;
    // Those of a unix socket have nothing that tells one from the other, and nothing in which they differ.
    if (kind === "unix") return { address: "unix", surplus: false, proxied: context.proxies.has("unix") };
    const key = endsKey(socket);
    if (key === undefined) return undefined;
    const arrival = this.#handshakes.get(key)?.arrival;
    this.#handshakes.delete(key);
    return arrival;
  }

  #speakHttp2(session: ServerHttp2Session): void {
    const connection = this.#secured;
    if (connection === undefined) {
      session.destroy();
      return;
    }
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
    socket.once("end", () => connection.halfClosed(this.#options.context.limits.drainTimeoutMs));
    if (this.#isRetiring) connection.retire(this.#options.context.limits.drainTimeoutMs);
    return connection;
  }

  #take(request: NodeRequest, response: NodeResponse, expectation: Expectation): void {
    const connection = this.#connectionOf(request);
    if (connection === undefined)
      request.destroy(); // its session is already gone, or it was never to be served
    else this.#follow(this.#options.desk.take(connection, request, response, expectation));
  }

  #connectionOf(request: NodeRequest): Connection | undefined {
    if (!("stream" in request)) return this.#bySpeaker.get(request.socket);
    const session = (request as Http2ServerRequest).stream.session;
    return session === undefined ? undefined : this.#bySpeaker.get(session as ServerHttp2Session); // a server's sessions are these
  }

  /** HTTP/2 has a reply for it like for any other method; over HTTP/1.1 Node hands out the bare socket. */
  #connectMethod(request: NodeRequest, other: Socket | NodeResponse): void {
    const connection = "stream" in request ? undefined : this.#bySpeaker.get(other as Socket);
    if ("stream" in request) this.#take(request, other as NodeResponse, "none");
    else if (connection?.busy === true) {
      departures.leaveAll(); // what is not ready now is never answered: a refusal would be taken for its answer
      this.#failed(new Error("CONNECT before an answer"), other as Socket);
      connection.destroy();
    } else this.#refuse(other as Socket, { status: 405, problem: "CONNECT", request });
  }

  #malformed(error: NodeJS.ErrnoException, socket: Socket): void {
    if (isLingering(socket)) return;
    const connection = this.#bySpeaker.get(socket);
    const status = malformedStatus(error);
    if (connection?.busy === true) {
      // The reply on its way is worth more than a second opinion (spec/restbackup.md section 2.7), and has its own line in the log.
      // A connection that broke closes by itself; one that the client has half closed does not.
      if (status !== undefined || error.code === "HPE_INVALID_EOF_STATE")
        connection.spoil(bodyProblem(error), error, this.#options.context.limits.drainTimeoutMs);
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
    const address = this.#bySpeaker.get(socket)?.address;
    if (address === undefined) {
      socket.destroy();
      return;
    }
    const id = nextId();
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
      this.#certificateRefused(String(socket.authorizationError), peerAddressOf(socket, this.#options.kind) ?? "unknown");
      return;
    }
    if (error.code === "ECONNRESET") {
      this.#failed(error, socket);
      return;
    }
    this.#options.context.log.info("TLS handshake failed", {
      listener: this.#options.listener,
      problem: error.code ?? error.message,
      address: peerAddressOf(socket, this.#options.kind) ?? "unknown",
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

function bodyProblem({ code }: NodeJS.ErrnoException): string {
  return code === "HPE_INVALID_EOF_STATE" ? "The client hung up before the end of the body" : "The body is not valid HTTP";
}

/** What tells a connection of the network from all others; undefined once the system has forgotten whose it was. */
function endsKey({ localAddress, localPort, remoteAddress, remotePort }: Socket): string | undefined {
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
