import { collectDefaultMetrics, Registry } from "prom-client";
import type { Core } from "#domain/core.ts";
import type { Door, Exchange } from "#http/exchange.ts";
import { isLoopbackHost } from "#lib/listen-address.ts";
import { registerTraffic } from "./traffic-metrics.ts";

const FORWARDED = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];

/**
 * `/metrics` in Prometheus' text format. It names accounts and repositories, so it is told to this machine alone: who asks over
 * loopback, for a loopback name, and not on behalf of somebody else.
 */
export function metricsDoor(core: Core): Door {
  let registry: Registry | undefined; // watching the process costs a little, so only from the first question on
  return async (exchange) => {
    const headers = { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" };
    if (exchange.target.segments.length > 0) return await exchange.reply(404, "Not Found\n", { headers });
    if (exchange.method !== "GET" && exchange.method !== "HEAD") {
      return await exchange.reply(405, "Method Not Allowed\n", { headers: { ...headers, Allow: "GET, HEAD" } });
    }
    if (!isLocal(exchange)) {
      exchange.note({ refused: "forbidden" });
      return await exchange.reply(403, "Metrics are told to this machine alone\n", { headers });
    }
    registry ??= openRegistry(core);
    const text = await registry.metrics();
    await exchange.reply(200, text, { headers: { ...headers, "Content-Type": registry.contentType } });
  };
}

function openRegistry(core: Core): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  registerTraffic(core, registry);
  return registry;
}

/** A proxy on this machine that is not listed would lend its loopback address to everybody: it says so, or keeps the public name. */
function isLocal({ peer, headers }: Exchange): boolean {
  if (peer.address === undefined || !isLoopbackHost(peer.address)) return false;
  const host = URL.parse(`http://${headers.host ?? ""}`)?.hostname.replace(/^\[|\]$/g, "");
  return host !== undefined && isLoopbackHost(host) && FORWARDED.every((name) => headers[name] === undefined);
}
