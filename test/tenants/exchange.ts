import { Agent, request } from "node:http";
import { rawRequest } from "../support/raw-request.ts";
import type { TenantRequest } from "./requests.ts";
import type { TenantHub } from "./two-hubs.ts";

/** A reply without what is its own each time: moment, request id, ids that count up. */
export interface Told {
  readonly status: number;
  /** Status line, headers and body, as they can be compared. */
  readonly text: string;
  /** All of it as it came, cursors opened. */
  readonly whole: string;
}

// Said on each connection anew, or counted by it.
const OWN_HEADERS: ReadonlySet<string> = new Set(["date", "x-request-id", "connection", "keep-alive"]);
const STREAM_MS = 150;
/** What Node's client refuses to send. */
const UNSENDABLE = /[^\x21-\x7e]/;

/** Sends requests to a hub over connections that are kept. */
export class Asker implements Disposable {
  readonly #hub: TenantHub;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });

  constructor(hub: TenantHub) {
    this.#hub = hub;
  }

  async ask({ listener, method, target, body, type }: TenantRequest, headers: Readonly<Record<string, string>>): Promise<Told> {
    const origin = this.#hub[listener];
    const all = {
      ...headers,
      ...(type === undefined ? {} : { "content-type": type }),
      ...(body === undefined ? {} : { "content-length": String(body.length) }),
    };
    if (UNSENDABLE.test(target)) {
      const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
      const bytes = Buffer.from(`${method} ${target} HTTP/1.1`).toString("latin1");
      const { status, text } = await rawRequest(origin, bytes, lines, body);
      const [head = "", ...rest] = text.split("\r\n\r\n");
      const [line = "", ...fields] = head.split("\r\n");
      const pairs = fields.map((field): [string, string] => [field.split(":")[0]?.toLowerCase() ?? "", field.replace(/^[^:]*: */, "")]);
      return toldOf(status, line.replace(/^HTTP\/1.1 /, ""), pairs, rest.join("\r\n\r\n"));
    }
    return await this.#send(origin, { method, path: target, headers: all }, body);
  }

  async #send(
    origin: string,
    options: { method: string; path: string; headers: Record<string, string> },
    body: Buffer | undefined,
  ): Promise<Told> {
    const { hostname, port } = new URL(origin);
    const { promise, resolve, reject } = Promise.withResolvers<Told>();
    const outgoing = request({ host: hostname, port, agent: this.#agent, ...options });
    outgoing.on("error", reject);
    outgoing.on("response", async (incoming) => {
      const chunks: Buffer[] = [];
      const pairs = Object.entries(incoming.headers).map(([name, value]): [string, string] => [name, String(value)]);
      // A stream of events has no end: what comes at once is what there was.
      const endless = incoming.headers["content-type"]?.startsWith("text/event-stream") === true;
      if (endless) setTimeout(() => incoming.destroy(), STREAM_MS);
      try {
        for await (const chunk of incoming) chunks.push(chunk as Buffer); // no encoding is set
      } catch (error) {
        if (!endless) return reject(error);
      }
      const status = incoming.statusCode ?? 0;
      resolve(toldOf(status, `${status} ${incoming.statusMessage}`, pairs, Buffer.concat(chunks).toString("utf8")));
    });
    outgoing.end(body);
    return await promise;
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

function toldOf(status: number, line: string, pairs: readonly (readonly [string, string])[], body: string): Told {
  // The id's own length counts in a problem's.
  const isProblem = pairs.some(([name, value]) => name === "content-type" && value.startsWith("application/problem+json"));
  const counts = body.includes('"next"') || body.includes('"id"');
  const headers = pairs
    .filter(([name]) => !OWN_HEADERS.has(name) && !((isProblem || counts) && name === "content-length"))
    .map(([name, value]) => `${name}: ${value}`)
    .sort();
  const shown = body
    .replace(/"requestId":"[^"]*"/, '"requestId":"..."')
    .replace(/"(id|change)":"?\d+"?/g, '"$1":"..."') // numbers of the whole hub (docs/decisions/017)
    .replace(/^id: .*$/gm, "id: ...")
    .replace(/"next":"([^"]*)"/g, (_, cursor: string) => `"next":${opened(cursor).replace(/\d+/g, "...")}`);
  return {
    status,
    text: [line, ...headers, shown].join("\n"),
    whole: [
      line,
      ...pairs.map(([name, value]) => `${name}: ${value}`),
      body.replace(/"next":"([^"]*)"/g, (_, cursor: string) => opened(cursor)),
    ].join("\n"),
  };
}

/** A cursor is a key, and the key of a row nobody may see would tell of it. */
function opened(cursor: string): string {
  return Buffer.from(cursor, "base64url").toString("utf8");
}
