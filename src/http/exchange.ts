import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import type { SocketEnds } from "#lib/peer-process.ts";
import type { IncomingBytes } from "#model/incoming-bytes.ts";
import type { PeerAddress } from "#model/peer-address.ts";
import type { RawHeaders } from "./raw-headers.ts";
import type { RequestTarget } from "./request-target.ts";

/** Who is at the other end of the connection. */
export interface Peer {
  /** Behind a listed proxy, the one it names. */
  readonly address: PeerAddress;
  /** User name that a listed proxy has vouched for (its header, `""` when it is missing); undefined when none is configured or the peer is not listed. */
  readonly vouchedUser: string | undefined;
  /** Name in the certificate that the client has shown and the listener's authority has signed; left out without one, and behind a listed proxy. */
  readonly certifiedName?: string;
}

/**
 * The body of a request, read once. Iterating throws HubError `incomplete` when it ends before its declared length, when no byte
 * came for `progressTimeoutMs`, or when the client is gone. Unread, it is drained in bounds and the connection closed.
 */
export type IncomingBody = IncomingBytes;

export interface ReplyOptions {
  readonly headers?: OutgoingHttpHeaders | RawHeaders;
  /** Sent as the HTTP/1.1 reason phrase after being cut to 80 printable ASCII characters; left out on HTTP/2. */
  readonly reason?: string | undefined;
  /**
   * How much of a body that nobody reads is thrown away behind this reply, and for how long: a client that reads nothing before it has sent
   * everything sees it then, and the connection goes on. By default as little as `limits` say, and the connection ends.
   */
  readonly drain?: DrainBounds | undefined;
}

export interface DrainBounds {
  readonly bytes: number;
  readonly timeoutMs: number;
}

export interface StreamOptions extends ReplyOptions {
  readonly lengthBytes?: number;
  readonly until?: AbortSignal;
}

/** One request and its reply, the same over HTTP/1.1 and HTTP/2. */
export interface Exchange {
  /** Unique to this request; also in the log, and in the `X-Request-Id` of the reply. */
  readonly id: string;
  readonly method: string;
  /** The target below the prefix under which the door stands. */
  readonly target: RequestTarget;
  /** The whole target as it came, for a door whose names are data: `target` knows none that could not be paths. */
  readonly rawTarget: string;
  readonly headers: IncomingHttpHeaders;
  readonly peer: Peer;
  readonly body: IncomingBody;
  /** The two ends of the connection; undefined on a unix socket, and when a listed proxy has passed the request on. */
  readonly socketEnds: SocketEnds | undefined;
  /** Aborts when the client has gone, or the hub stops waiting for this request. */
  readonly signal: AbortSignal;
  /** Bytes of the reply's body that have been handed to the network so far. */
  readonly sentBytes: number;
  /**
   * Answers with a whole body, `""` by default, and its exact length. To a HEAD the same headers go out without the body. Resolves
   * when the last byte has been handed to the network, or the client turns out to be gone.
   */
  reply(status: number, body?: string | Uint8Array, options?: ReplyOptions): Promise<void>;
  /**
   * As `reply`, but without a promise of its end: for bodies that are in memory, where waiting would cost more than all the rest. To a
   * HEAD, `lengthBytes` says what the body would have.
   */
  replyNow(status: number, headers: RawHeaders, body: Uint8Array, lengthBytes?: number): void;
  /** Disposes `part` when the last byte has been handed to the network, or the client turns out to be gone. At most one. */
  afterwards(part: Disposable): void;
  /**
   * Answers with a stream: of exactly `lengthBytes` when that is given (`Content-Length`), else chunked. When `body` throws, or
   * ends early, or the client takes no byte for `progressTimeoutMs`, the connection is destroyed, so that nobody takes a part for
   * the whole; what `body` threw is in the log then, and nothing can be answered any more. A HEAD is answered without touching
   * `body`. Each chunk has left, and its memory is free, before the next is asked for. Resolves when the last byte has been handed
   * to the network, or the connection is gone. Once `until` aborts, the body is about to end: a client that has not taken the rest within
   * `drainTimeoutMs` is not waited for.
   */
  replyStream(status: number, body: AsyncIterable<Uint8Array>, options?: StreamOptions): Promise<void>;
  /** Puts fields on this request's line of the access log; never a secret. */
  note(fields: Readonly<Record<string, string | number | boolean>>): void;
}

/**
 * Answers every request that its prefix leads to. It replies to each refusal itself; what it throws is a bug and becomes a bare 500.
 * Returns nothing when it has answered before it returned, else the promise of having answered.
 */
export type Door = (exchange: Exchange) => Promise<void> | undefined;
