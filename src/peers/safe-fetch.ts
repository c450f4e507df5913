import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, type RequestOptions, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { rootCertificates } from "node:tls";
import { productVersion } from "#lib/product-version.ts";
import { Phases } from "./phases.ts";
import { type CheckedAddress, connectionError, findAddresses, type WayOut, WayOutError } from "./way-out.ts";

const LONGEST_URL = 8192;
const HEADER_BYTES = 16 * 1024;
const AGENT = `Holdfast/${productVersion()}`;

export interface OutgoingRequest {
  readonly method: "GET" | "POST" | "PUT";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

export interface IncomingAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The body, or its beginning. */
  readonly body: Buffer;
  /** False when the body was longer than `limits.outgoingAnswerBytes`, too slow, or broke off: the status counts all the same. */
  readonly whole: boolean;
}

/**
 * One request over HTTP to another service, and the only way there is to make one. The name is resolved once, its addresses are checked
 * against `way.reach`, and the connection is made to one of those; certificates are verified; redirects, proxies of the environment and cookies are
 * not followed, not used and not kept. Any status is an answer. Throws `WayOutError`, or the signal's reason.
 */
export async function safeFetch(way: WayOut, request: OutgoingRequest, signal: AbortSignal): Promise<IncomingAnswer> {
  signal.throwIfAborted();
  const url = parseTarget(request.url);
  const { limits } = way;
  using phases = new Phases(url.host, limits, signal);
  phases.begin("have an address", limits.outgoingResolveMs);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const addresses = await findAddresses(way, host, phases.signal);

  phases.begin("connect", limits.outgoingConnectMs);
  try {
    const response = await send(way, { ...request, url, host, addresses }, phases);
    phases.begin("send its answer", limits.outgoingAnswerMs);
    const body = await readBody(response, limits.outgoingAnswerBytes);
    signal.throwIfAborted();
    return { status: response.statusCode ?? 0, headers: response.headers, ...body };
  } catch (error) {
    phases.signal.throwIfAborted();
    throw connectionError(url.host, error);
  }
}

/** The URL, if it is one that is ever called. The sentence does not show it: it may hold what is secret. */
export function parseTarget(text: string): URL {
  const url = text.length > LONGEST_URL ? null : URL.parse(text);
  if (url === null || !/^https?:\/\//i.test(text) || url.hostname === "") {
    throw new WayOutError("bad_target", "A URL to call begins with https:// or http:// and names a host.");
  }
  if (url.username !== "" || url.password !== "" || /^https?:\/\/[^/?#]*@/i.test(text)) {
    throw new WayOutError("bad_target", `The URL at ${url.host} has a name or password in it; they have settings of their own.`);
  }
  return url;
}

interface CheckedRequest extends Omit<OutgoingRequest, "url"> {
  readonly url: URL;
  readonly host: string;
  readonly addresses: readonly [CheckedAddress, ...CheckedAddress[]];
}

/** Sends it; resolves with the answer's headers. */
async function send(
  way: WayOut,
  { method, url, host, addresses, headers, body }: CheckedRequest,
  phases: Phases,
): Promise<IncomingMessage> {
  const bytes = Buffer.from(body ?? "");
  const options: RequestOptions = {
    method,
    host,
    port: url.port === "" ? (url.protocol === "https:" ? 443 : 80) : url.port,
    path: `${url.pathname}${url.search}`,
    headers: {
      ...headers,
      "user-agent": AGENT,
      "accept-encoding": "identity",
      ...(method === "GET" ? {} : { "content-length": bytes.byteLength }),
    },
    agent: false, // a connection of its own, closed after it; the global agent could go through a proxy that the environment names
    lookup: pinnedTo(addresses),
    signal: phases.signal,
    maxHeaderSize: HEADER_BYTES,
    insecureHTTPParser: false,
  };
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const secure = url.protocol === "https:";
  const call: ClientRequest = secure ? requestHttps({ ...options, ...trustOf(way, host) }) : requestHttp(options);
  call.on("error", reject); // stays: a second error, after the answer, must not end the process
  call.on("response", resolve);
  call.on("upgrade", (_response, socket) => {
    reject(new WayOutError("broken", `${url.host} wants to speak something else.`));
    socket.destroy();
  });
  call.on("close", () => reject(new WayOutError("broken", `The connection to ${url.host} ended without an answer.`)));
  call.on("socket", (socket) => {
    socket.once(secure ? "secureConnect" : "connect", () => phases.begin("answer", way.limits.outgoingAnswerMs));
  });
  call.end(method === "GET" ? undefined : bytes);
  return await promise;
}

/** What TLS asks of the host; said here in full, so that no variable of the environment softens it. */
export function trustOf(way: WayOut, host: string) {
  return {
    rejectUnauthorized: true,
    minVersion: "TLSv1.2" as const,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(way.authorities === undefined ? {} : { ca: [...rootCertificates, ...way.authorities] }),
  };
}

/** In place of a look-up: what was found, and checked, before. */
function pinnedTo(addresses: readonly [CheckedAddress, ...CheckedAddress[]]): LookupFunction {
  return (_host, { all }, done) => {
    if (all) done(null, [...addresses]);
    else done(null, addresses[0].address, addresses[0].family);
  };
}

async function readBody(response: IncomingMessage, mostBytes: number): Promise<Pick<IncomingAnswer, "body" | "whole">> {
  const chunks: Buffer[] = [];
  let length = 0;
  let whole = true;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk.subarray(0, mostBytes - length));
      length += chunk.byteLength;
      if (length <= mostBytes) continue;
      whole = false;
      break; // leaving the loop destroys the response, and its connection with it
    }
  } catch {
    whole = false; // too slow, or broken off: what it said in its first line stands
  }
  return { body: Buffer.concat(chunks), whole: whole && response.complete };
}
