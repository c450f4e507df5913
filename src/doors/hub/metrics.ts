import { setTimeout as sleep } from "node:timers/promises";
import { TokenUses } from "#domain/access/token-uses.ts";
import type { Core } from "#domain/core.ts";
import { type Figures, readFigures } from "#domain/quotas/figures.ts";
import type { CountedByHub } from "#domain/workers/worker-messages.ts";
import type { Door, Exchange } from "#http/exchange.ts";
import { isLoopbackHost } from "#lib/listen-address.ts";
import { Slots } from "#lib/slots.ts";
import { HubError } from "#model/hub-error.ts";
import { permissionsOf } from "#model/permissions.ts";
import { bearerOf, signInWithToken } from "./auth.ts";
import { refusalReply } from "./errors.ts";
import { isForwarded } from "./forwarded.ts";
import { processMetrics } from "./process-metrics.ts";
import { stateMetrics } from "./state-metrics.ts";
import { trafficMetrics } from "./traffic-metrics.ts";

const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

// Each reply holds what it tells until its reader has taken it.
const REPLIES_AT_ONCE = 8;

/**
 * `/metrics` in Prometheus' text format. It names accounts and repositories, so it is told to tokens with the permission `metrics`, and to
 * this machine: who asks over loopback, for a loopback name, and not on behalf of somebody else.
 */
export function metricsDoor(core: Core): Door {
  const scrapes = new Scrapes(core);
  const tokenUses = new TokenUses(core);
  const replies = new Slots(
    { atOnce: REPLIES_AT_ONCE, waiting: 0 },
    () => new HubError("overloaded", "Too many ask for the metrics at once"),
  );
  return async (exchange) => {
    const headers = { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" };
    if (exchange.target.segments.length > 0) return await exchange.reply(404, "Not Found\n", { headers });
    if (exchange.method !== "GET" && exchange.method !== "HEAD") {
      return await exchange.reply(405, "Method Not Allowed\n", { headers: { ...headers, Allow: "GET, HEAD" } });
    }
    try {
      using _ = await enter(core, exchange, tokenUses);
      await replies.run(async () => {
        await exchange.replyStream(200, piecesOf(await scrapes.take()), { headers: { ...headers, "Content-Type": CONTENT_TYPE } });
      });
    } catch (error) {
      const refused = refusalReply(error, exchange.id, false);
      if (refused === undefined) throw error;
      const { problem } = refused;
      exchange.note({ refused: problem.code, why: problem.detail.slice(0, 200) });
      await exchange.reply(problem.status, `${problem.detail}\n`, { headers: { ...headers, ...refused.headers } });
    }
  };
}

/** Lets in who may ask. Throws `unauthenticated`, `forbidden`, `overloaded`. */
async function enter(core: Core, exchange: Exchange, tokenUses: TokenUses): Promise<Disposable> {
  const secret = bearerOf(exchange);
  if (secret !== undefined) {
    const token = await signInWithToken(core, exchange, { secret, tokenUses });
    if (!permissionsOf(token.scopes).includes("metrics")) throw new HubError("forbidden", "This token lacks the permission metrics");
    return core.requests.enter(-token.id);
  }
  if (!isLocal(exchange)) throw new HubError("forbidden", "Metrics are told to this machine, and to tokens with the scope metrics");
  return core.requests.enter(0);
}

/** What one look has found. */
interface Scrape {
  readonly counted: CountedByHub;
  readonly figures: Figures;
}

/** Looks at what there is to tell. One look at a time: whoever asks during one is told the same. */
class Scrapes {
  readonly #core: Core;
  #running: Promise<Scrape> | undefined;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Throws `unavailable` when it takes too long. The look goes on until it notices, and no other begins before it has ended. */
  async take(): Promise<Scrape> {
    const { metricsDeadlineMs } = this.#core.limits;
    if (this.#running === undefined) {
      this.#running = this.#look(AbortSignal.timeout(metricsDeadlineMs)).finally(() => {
        this.#running = undefined;
      });
      this.#running.catch(() => undefined); // whoever waits for it is told; nobody may be left by then
    }
    const answered = new AbortController();
    const late = sleep(metricsDeadlineMs, undefined, { signal: answered.signal }).then(() => {
      throw tooLong();
    });
    try {
      return await Promise.race([this.#running, late]);
    } catch (error) {
      throw error instanceof Error && error.name === "TimeoutError" ? tooLong() : error;
    } finally {
      answered.abort();
    }
  }

  async #look(signal: AbortSignal): Promise<Scrape> {
    const figures = await readFigures(this.#core, signal);
    return { counted: await this.#core.counters.read(), figures };
  }
}

function tooLong(): HubError {
  return new HubError("unavailable", "The storage or the database takes too long to tell");
}

async function* piecesOf({ counted, figures }: Scrape): AsyncGenerator<Uint8Array, void, undefined> {
  for (const piece of processMetrics(counted.processes)) yield Buffer.from(piece);
  for (const piece of trafficMetrics(counted.traffic)) yield Buffer.from(piece);
  for (const piece of stateMetrics(figures)) yield Buffer.from(piece);
}

/** A proxy on this machine that is not listed would lend its loopback address to everybody: it says so, or keeps the public name. */
function isLocal({ peer, headers }: Exchange): boolean {
  if (!isLoopbackHost(peer.address)) return false;
  const host = URL.parse(`http://${headers.host ?? ""}`)?.hostname.replace(/^\[|\]$/g, "");
  return host !== undefined && isLoopbackHost(host) && !isForwarded(headers);
}
