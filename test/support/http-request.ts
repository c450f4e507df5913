import { createHash, randomBytes } from "node:crypto";
import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from "node:http";

/** A whole reply. */
export interface Reply {
  readonly status: number;
  /** The HTTP/1.1 reason phrase. */
  readonly reason: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface RequestOptions {
  readonly headers?: OutgoingHttpHeaders;
  /** A Buffer or text goes out with its length, an iterable as a chunked body. */
  readonly body?: Uint8Array | string | AsyncIterable<Uint8Array>;
  readonly credentials?: { readonly login: string; readonly secret: string } | undefined;
  /** Whence the connection comes; the system chooses unless said. */
  readonly localAddress?: string;
}

/**
 * Sends one request and reads the reply whole. The target goes out as it stands, unlike with fetch, which tidies it up. `origin` is
 * `http://host:port` or `unix:/path`. A stream of events is hung up on as soon as it begins.
 */
export async function httpRequest(origin: string, method: string, target: string, options: RequestOptions = {}): Promise<Reply> {
  const { body, credentials, localAddress } = options;
  const headers: OutgoingHttpHeaders = { ...options.headers };
  if (credentials) headers["authorization"] = basic(credentials);
  const whole = typeof body === "string" ? Buffer.from(body) : body instanceof Uint8Array ? body : undefined;
  if (whole) headers["content-length"] ??= whole.length;

  const where = origin.startsWith("unix:")
    ? { socketPath: origin.slice(5) }
    : {
        host: new URL(origin).hostname.replace(/^\[(.*)\]$/, "$1"),
        port: new URL(origin).port,
        ...(localAddress !== undefined && { localAddress }),
      };
  // An agent of its own without keep-alive, so that no test talks over another's connection.
  const outgoing = request({ ...where, method, path: target, headers, agent: new Agent({ keepAlive: false }) });
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  outgoing.on("error", reject);
  outgoing.on("response", async (incoming) => {
    try {
      if (incoming.headers["content-type"]?.startsWith("text/event-stream") === true && incoming.statusCode === 200) {
        // It would never end: its head is the whole of it here.
        resolve({ status: 200, reason: incoming.statusMessage ?? "", headers: incoming.headers, body: Buffer.alloc(0) });
        incoming.on("error", () => undefined).destroy();
        return;
      }
      const reply = Buffer.concat(await incoming.toArray());
      resolve({ status: incoming.statusCode ?? 0, reason: incoming.statusMessage ?? "", headers: incoming.headers, body: reply });
    } catch (error) {
      reject(error);
    }
  });
  if (whole) outgoing.end(whole);
  else if (body === undefined) outgoing.end();
  else void send(body as AsyncIterable<Uint8Array>, outgoing);
  return await promise;
}

async function send(body: AsyncIterable<Uint8Array>, outgoing: ReturnType<typeof request>): Promise<void> {
  try {
    for await (const chunk of body) {
      if (!outgoing.write(chunk)) await new Promise((resolve) => outgoing.once("drain", resolve).once("close", resolve));
    }
    outgoing.end();
  } catch {
    outgoing.destroy();
  }
}

export function basic({ login, secret }: { readonly login: string; readonly secret: string }): string {
  return `Basic ${Buffer.from(`${login}:${secret}`).toString("base64")}`;
}

/** Random bytes and the name restic would give them. */
export function randomObject(sizeBytes: number): { readonly id: string; readonly bytes: Buffer } {
  const bytes = randomBytes(sizeBytes);
  return { id: sha256(bytes), bytes };
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
