import { createServer, type Server as HttpServer } from "node:http";
import { createSecureServer, type Http2SecureServer } from "node:http2";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import type { SecureContextOptions } from "node:tls";
import type { Limits } from "#limits.ts";
import type { ClientCertificates } from "./gate-options.ts";

/** A server of one of the kinds below. */
export type NodeServer = HttpServer | HttpsServer | Http2SecureServer;

// How often Node looks for connections that are late with their headers, as a share of what they are given.
const CHECKS_PER_TIMEOUT = 6;

/** HTTP/1.1 in clear text, bounded by `limits`. */
export function createClearServer(limits: Limits): HttpServer {
  return createServer(http1Options(limits));
}

/** HTTP/2 and HTTP/1.1 over TLS, whichever the client prefers, bounded by `limits`. */
export function createTlsServer(context: SecureContextOptions, limits: Limits, clients?: ClientCertificates): Http2SecureServer {
  return createSecureServer({
    ...context,
    requestCert: clients !== undefined,
    rejectUnauthorized: clients?.required === true, // else the gate looks whether one was signed by the right authority
    allowHTTP1: true,
    handshakeTimeout: limits.headersTimeoutMs,
    http1Options: http1Options(limits),
    noDelay: true,
    settings: {
      initialWindowSize: limits.http2StreamWindowBytes,
      maxConcurrentStreams: limits.http2ConcurrentStreams,
      // Above it a stream is reset without a word; up to it the gate can answer with a 431.
      maxHeaderListSize: 4 * limits.headerBytes,
      enablePush: false,
    },
    maxHeaderListPairs: 4 * limits.headerFields,
    // Streams reset by the client: a burst, then so many a second. Each has cost a request; restic resets those it has open when it
    // is interrupted, and hardly ever one else.
    streamResetBurst: 200,
    streamResetRate: 33,
    // The rest are Node's defaults, said here because they are bounds: memory of one session's queues and tables in MB, unanswered
    // pings and settings, frames that make no sense, streams refused.
    maxSessionMemory: 10,
    maxOutstandingPings: 10,
    maxSettings: 32,
    maxSessionInvalidFrames: 1000,
    maxSessionRejectedStreams: 100,
  });
}

/** HTTP/1.1 alone over TLS, bounded by `limits`. */
export function createTlsHttp1Server(context: SecureContextOptions, limits: Limits, clients?: ClientCertificates): HttpsServer {
  return createHttpsServer({
    ...context,
    ...http1Options(limits),
    requestCert: clients !== undefined,
    rejectUnauthorized: clients?.required === true,
    handshakeTimeout: limits.headersTimeoutMs,
    ALPNProtocols: ["http/1.1"],
  });
}

/** How often it is looked whose headers are late: by so much later than the timeout a connection may be cut. */
export function checksEveryMs({ headersTimeoutMs }: Pick<Limits, "headersTimeoutMs">): number {
  return Math.max(10, Math.ceil(headersTimeoutMs / CHECKS_PER_TIMEOUT));
}

function http1Options(limits: Limits) {
  return {
    maxHeaderSize: limits.headerBytes,
    requestTimeout: 0, // uploads may take as long as they move
    headersTimeout: limits.headersTimeoutMs,
    connectionsCheckingInterval: checksEveryMs(limits),
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    requireHostHeader: false, // the gate looks for it, and logs what it refuses
    insecureHTTPParser: false,
    optimizeEmptyRequests: true,
    noDelay: true,
  };
}
