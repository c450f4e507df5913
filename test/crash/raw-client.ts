import { createHash } from "node:crypto";
import { Agent, request } from "node:http";
import { basic } from "../support/http-request.ts";
import type { Act } from "./ledger.ts";

export interface RawRequest {
  readonly method: string;
  /** As it goes out. */
  readonly target: string;
  readonly credentials?: { readonly login: string; readonly secret: string } | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
  /** The body goes out in pieces of this size, with a pause between them. */
  readonly piece?: { readonly sizeBytes: number; readonly pauseMs: number } | undefined;
  /** The connection is cut when this much of the body has gone out. */
  readonly cutAtBytes?: number | undefined;
  readonly timeoutMs?: number;
}

export interface RawReply {
  readonly status: number;
  readonly body: Buffer;
}

/** Connections to one hub that are used again. */
export class RawClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 32 });
  readonly #origin: URL;

  /** `origin`: `http://127.0.0.1:8000`. */
  constructor(origin: string) {
    this.#origin = new URL(origin);
  }

  /** The whole reply; undefined when it did not come. */
  async send(asked: RawRequest): Promise<RawReply | undefined> {
    const { method, target, credentials, headers, body, piece, cutAtBytes, timeoutMs = 60_000 } = asked;
    const { promise, resolve } = Promise.withResolvers<RawReply | undefined>();
    const outgoing = request({
      host: this.#origin.hostname,
      port: this.#origin.port,
      method,
      path: target,
      agent: this.#agent,
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        ...headers,
        ...(credentials !== undefined && { authorization: basic(credentials) }),
        ...(body !== undefined && { "content-length": `${body.length}` }),
      },
    });
    outgoing.on("error", () => resolve(undefined));
    outgoing.on("response", (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", () => resolve(undefined));
      answer.on("close", () => resolve(answer.complete ? { status: answer.statusCode ?? 0, body: Buffer.concat(chunks) } : undefined));
    });
    if (body === undefined) outgoing.end();
    else void sendBody(outgoing, body, { piece, cutAtBytes });
    return await promise;
  }

  /** The same, for a request that the ledger knows of. */
  async act(act: Act, asked: RawRequest): Promise<RawReply | undefined> {
    const reply = await this.send(asked);
    if (reply === undefined || reply.status >= 500) {
      // A quota says no before anything is done; what else is wrong on the hub's side says nothing about what it has done.
      if (reply?.status === 507) act.refused();
      else act.lost();
    } else if (reply.status === 200) act.acknowledged();
    else act.refused();
    return reply;
  }

  close(): void {
    this.#agent.destroy();
  }
}

async function sendBody(
  outgoing: ReturnType<typeof request>,
  body: Uint8Array,
  { piece, cutAtBytes }: Pick<RawRequest, "piece" | "cutAtBytes">,
): Promise<void> {
  const pieceBytes = piece?.sizeBytes ?? Math.max(1, cutAtBytes ?? body.length);
  for (let start = 0; start < body.length && !outgoing.destroyed; start += pieceBytes) {
    if (cutAtBytes !== undefined && start >= cutAtBytes) {
      outgoing.destroy();
      return;
    }
    const taken = outgoing.write(body.subarray(start, start + pieceBytes));
    if (!taken) await untilDrained(outgoing);
    if (piece !== undefined) await new Promise((resolve) => setTimeout(resolve, piece.pauseMs));
  }
  if (!outgoing.destroyed) outgoing.end();
}

/** Resolves when more may be written, or never will. */
async function untilDrained(outgoing: ReturnType<typeof request>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  outgoing.on("drain", resolve).on("close", resolve);
  if (!outgoing.destroyed) await promise;
  outgoing.off("drain", resolve).off("close", resolve);
}

/** The name that restic gives bytes. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
