import { once } from "node:events";
import type { Server as HttpServer } from "node:http";
import type { Http2SecureServer } from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import type { Limits } from "#limits.ts";
import { bind } from "./bind.ts";
import { Certificate } from "./certificate.ts";
import type { ConnectionBound } from "./connection-bound.ts";
import { Connections } from "./connections.ts";
import type { ListenerOptions } from "./gate-options.ts";
import { createClearServer, createTlsServer } from "./node-server.ts";
import { type GateContext, RequestDesk } from "./request-desk.ts";

export interface ListenerContext extends GateContext {
  readonly bound: ConnectionBound;
}

/** One open server. Disposing is closing. */
export interface Listener extends AsyncDisposable {
  /** `http://127.0.0.1:8000`, `https://...`, `unix:/path`. */
  readonly address: string;
  /** Reads its certificate again. A pair that cannot be used is logged and the old one kept. */
  reloadCertificate(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a listener; undefined for one that is off. Throws a sentence for people when it cannot be. */
export async function openListener(options: ListenerOptions, context: ListenerContext): Promise<Listener | undefined> {
  const { name, address, tls } = options;
  if (address.kind === "off") return undefined;
  const { limits, log, clock, bound } = context;
  const certificate = tls === undefined ? undefined : new Certificate({ listener: name, tls, log, clock });
  const secureServer = certificate === undefined ? undefined : createTlsServer(await certificate.read(), limits, tls?.clients);
  const server = secureServer ?? createClearServer(limits);
  const connections = new Connections(server, {
    listener: name,
    desk: new RequestDesk(options, context),
    context,
    bound,
    asksClients: tls?.clients !== undefined,
  });
  const url = await bind(server, { listener: name, address, secure: tls !== undefined });
  server.on("error", (error) => log.error("listener failed", { listener: name, error })); // too many open files, and the like

  const reloadCertificate = async () => {
    if (certificate === undefined || secureServer === undefined) return;
    try {
      secureServer.setSecureContext(await certificate.read()); // open connections keep theirs
      log.info("certificate reloaded", { listener: name });
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      log.error("certificate not reloaded, the old one stays", { listener: name, problem });
    }
  };
  const watch = setInterval(() => {
    void certificate?.hasChanged().then(async (changed) => {
      if (changed) await reloadCertificate();
    });
  }, limits.certificateCheckMs);
  watch.unref();

  let closed: Promise<void> | undefined;
  const close = () => {
    clearInterval(watch);
    closed ??= closeServer(server, connections, limits);
    return closed;
  };
  return { address: url, reloadCertificate, close, [Symbol.asyncDispose]: close };
}

async function closeServer(server: HttpServer | Http2SecureServer, connections: Connections, limits: Limits): Promise<void> {
  const closed = once(server, "close");
  server.close();
  connections.end();
  const timer = setTimeout(() => connections.destroy(), limits.shutdownMs);
  await closed;
  clearTimeout(timer);
  // What the doors do after the last byte, or after being stopped: whoever called closes the rooms below them next.
  const patience = new AbortController();
  const outOfPatience = sleep(limits.drainTimeoutMs, undefined, { signal: patience.signal }).catch(() => undefined);
  await Promise.race([connections.quiet(), outOfPatience]);
  patience.abort();
}
