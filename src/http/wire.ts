import type { Readable } from "node:stream";
import type { Limits } from "#limits.ts";
import type { RawHeaders } from "./raw-headers.ts";

/** The bounds of one request and its reply. */
export type WireLimits = Pick<Limits, "progressTimeoutMs" | "drainBytes" | "drainTimeoutMs">;

/** What begins a reply. */
export interface ReplyHead {
  readonly status: number;
  readonly headers: RawHeaders;
  readonly reason: string | undefined;
  /** Whether the client can tell from the headers where the body ends. */
  readonly delimited: boolean;
  /** Whether the connection ends with this reply. HTTP/2 has other words for that. */
  readonly close: boolean;
}

/** What the versions of HTTP do differently for one request and its reply. */
export interface Wire {
  readonly protocol: string;
  /** The body. Nobody else reads it. */
  readonly incoming: Readable;
  /** The declared length; 0 when the framing says that there is no body, undefined when it says nothing. */
  readonly declaredBytes: number | undefined;
  /** Whether every byte of the body has come and its end was marked. */
  readonly arrived: boolean;
  /** Whether nothing can be answered any more. */
  readonly gone: boolean;
  /** Tells a client that waits for it to send the body. */
  sendContinue(): void;
  /** Sends the status and the headers, at the latest with the first byte after them. */
  sendHead(head: ReplyHead): void;
  /** Sends a piece. Resolves once it has left and may be used again, to false when the client is gone or has stopped reading. */
  write(bytes: Uint8Array): Promise<boolean>;
  /** Ends the reply, with these last bytes if any. */
  end(bytes?: Uint8Array): void;
  /** Called at the start of a reply to a body that is not read: once it has left, the rest of the body is given up within bounds. */
  giveUpBody(discarded: Promise<void>): void;
  /** Called likewise, where the client is to send the rest: the connection goes on when it ends before `discarded` and in time. */
  awaitBody(discarded: Promise<void>, timeoutMs: number): void;
  /** Ends what has begun in such a way that nobody takes it for the whole. */
  breakOff(): void;
  /** Calls `done` once: when the reply is complete, or when it never will be. */
  onDone(done: (complete: boolean) => void): void;
}
