import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { constants, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import { Http1Wire } from "#http/http1-wire.ts";
import { Http2Wire } from "#http/http2-wire.ts";
import { NodeExchange } from "#http/node-exchange.ts";
import type { Wire } from "#http/wire.ts";
import type { Log } from "#lib/log.ts";
import type { Limits } from "#limits.ts";
import type { Clock } from "#model/clock.ts";
import { type AccessLine, type LoggedRequests, logAccess } from "./access-log.ts";
import { type Admission, admission, NOWHERE, type RequestLines } from "./admission.ts";
import type { Connection } from "./connection.ts";
import type { ListenerOptions } from "./gate-options.ts";
import type { Proxies } from "./proxies.ts";
import { type Refusal, refusalText } from "./refusal.ts";

/** What all listeners of a gate share. */
export interface GateContext {
  readonly limits: Limits;
  readonly log: Log;
  readonly clock: Clock;
  readonly proxies: Proxies;
  readonly logRequests: LoggedRequests;
  /** A new request id. */
  readonly nextId: () => string;
}

/** A request as Node hands it over, in either version of HTTP. */
export type NodeRequest = IncomingMessage | Http2ServerRequest;
export type NodeResponse = ServerResponse | Http2ServerResponse;

/** What the client expects before it sends its body. */
export type Expectation = "none" | "continue" | "strange";

/** Takes each request of one listener from its first lines to the line in the log. */
export class RequestDesk {
  readonly #listener: ListenerOptions;
  readonly #context: GateContext;
  readonly #admit: (lines: RequestLines) => Admission | Refusal;

  constructor(listener: ListenerOptions, context: GateContext) {
    this.#listener = listener;
    this.#context = context;
    this.#admit = admission(listener, context.limits);
  }

  /**
   * Answers the request; undefined when nothing is left to do but for the network to take the answer. Never throws, never rejects: what
   * goes wrong is logged, and told to the client as a bare 500.
   */
  take(connection: Connection, request: NodeRequest, response: NodeResponse, expectation: Expectation): Promise<void> | undefined {
    if ("stream" in request) return this.#answer(connection, request, response, expectation);
    // Node stays with HTTP, but its parser reads nothing that comes behind such a request.
    if (request.headers.upgrade !== undefined) connection.retire(this.#context.limits.drainTimeoutMs);
    const come = connection.takeTurn();
    if (come === true) return this.#answer(connection, request, response, expectation);
    if (come === undefined) {
      const { address } = connection;
      this.#context.log.info("connection cut: too many requests at once", { listener: this.#listener.name, address });
      connection.destroy();
    } else if (come === false) {
      connection.endTurn();
    } else {
      return come.then((hasCome) => (hasCome ? this.#answer(connection, request, response, expectation) : connection.endTurn()));
    }
    return undefined;
  }

  #answer(connection: Connection, request: NodeRequest, response: NodeResponse, expectation: Expectation): Promise<void> | undefined {
    const { limits, log, clock, proxies, nextId, logRequests } = this.#context;
    const wire = wireOf(request, response, limits);
    const { rawHeaders } = request;
    const method = request.method ?? "";
    const target = request.url ?? "";
    const startedAtMs = performance.now();
    const lines = {
      method,
      target,
      protocol: wire.protocol,
      rawHeaders,
      localAddress: request.socket.localAddress,
      strangeExpectation: expectation === "strange",
    };
    const admitted = connection.ending ? { status: 503 } : this.#admit(lines);
    const peer = proxies.peerOf({ address: connection.address, rawHeaders, certifiedName: connection.certifiedName(clock) });
    // A turn has two ends: that of the answer on its way to the client, and that of whatever the door still does.
    let openEnds = "stream" in request ? Number.POSITIVE_INFINITY : 2;
    const endOne = () => {
      openEnds -= 1;
      if (openEnds === 0) connection.endTurn();
    };

    const exchange = new NodeExchange(
      wire,
      {
        id: nextId(),
        method,
        target: "door" in admitted ? admitted.target : NOWHERE,
        rawTarget: target,
        headers: headersOf(request),
        peer,
        connection,
        limits,
        continueWanted: expectation === "continue",
      },
      (over) => {
        connection.leave(over);
        const { name, rawTargets } = this.#listener;
        const logged = rawTargets === undefined ? target : rawTargets.logged(target);
        const line: AccessLine = { listener: name, target: logged, protocol: wire.protocol, startedAtMs, address: peer.address };
        logAccess({ log, requests: logRequests, cutByHub: connection.cutOff }, line, over);
        endOne();
      },
    );
    connection.enter(exchange);
    const working = this.#open(exchange, wire, admitted);
    if (working === undefined) endOne();
    else return working.then(endOne);
    return undefined;
  }

  /** Hands the request to its door; undefined when that has answered before it came back. */
  #open(exchange: NodeExchange, wire: Wire, admitted: Admission | Refusal): Promise<void> | undefined {
    const { log } = this.#context;
    const open = () => ("door" in admitted ? admitted.door(exchange) : refuse(exchange, admitted));
    const failed = (error: unknown) => fail(exchange, error, log);
    const requireAnswer = () => {
      if (!exchange.replied && !wire.gone) throw new Error("The door answered nothing");
    };
    // We stand inside of Node's parser. Once it has had all that came with the headers, a small body is known to be there.
    if (!exchange.bodySpent) return Promise.resolve().then(open).then(requireAnswer).catch(failed);
    try {
      const answered = open();
      if (answered !== undefined) return answered.then(requireAnswer).catch(failed);
      requireAnswer();
    } catch (error) {
      return failed(error);
    }
    return undefined;
  }
}

async function fail(exchange: NodeExchange, error: unknown, log: Log): Promise<void> {
  try {
    if (!exchange.over) await exchange.fail(error);
    else if (!isStop(error, exchange.signal)) log.error("request failed", { id: exchange.id, error });
  } catch (again) {
    log.error("request failed", { id: exchange.id, error: again });
  }
}

/** Whether it only says that the work was stopped, because the client has gone: the line of the request tells of that. */
function isStop(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && (error === signal.reason || (error instanceof Error && error.name === "AbortError"));
}

async function refuse(exchange: NodeExchange, refusal: Refusal): Promise<void> {
  const headers = { "Content-Type": "text/plain; charset=utf-8", ...refusal.headers };
  await exchange.reply(refusal.status, refusalText(refusal), { headers, reason: refusal.reason });
}

function wireOf(request: NodeRequest, response: NodeResponse, limits: Limits): Wire {
  if ("stream" in request && "stream" in response) return new Http2Wire(request.stream, request.headers["content-length"], limits);
  return new Http1Wire(request as IncomingMessage, response as ServerResponse, limits); // the two always come as a pair
}

/** Over HTTP/2 with a `host`, so that doors find it in one place. */
function headersOf(request: NodeRequest): IncomingHttpHeaders {
  if (!("stream" in request)) return request.headers;
  const authority = request.headers[constants.HTTP2_HEADER_AUTHORITY];
  return typeof authority === "string" ? { ...request.headers, host: authority } : request.headers;
}
