import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Limits } from "#limits.ts";
import { bind } from "./bind.ts";
import { Certificate } from "./certificate.ts";
import type { ConnectionBound } from "./connection-bound.ts";
import { Connections } from "./connections.ts";
import type { GivenConnection, ListenerOptions } from "./gate-options.ts";
import { createClearServer, createTlsHttp1Server, createTlsServer, type NodeServer } from "./node-server.ts";
import { type GateContext, RequestDesk } from "./request-desk.ts";

export interface ListenerContext extends GateContext {
  readonly bound: ConnectionBound;
}

/** One open server. Disposing is closing. */
export interface Listener extends AsyncDisposable {
  /** `http://127.0.0.1:8000`, `https://...`, `unix:/path`; undefined when another process listens for it. */
  readonly address: string | undefined;
  /** Reads its certificate again. A pair that cannot be used is logged and the old one kept. */
  reloadCertificate(): Promise<void>;
  /** See `Gate.take`. */
  take(given: GivenConnection): void;
  /** See `Gate.retire`. */
  retire(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a listener; undefined for one that is off. Throws a sentence for people when it cannot be. */
export async function openListener(
  options: ListenerOptions,
  context: ListenerContext,
  { takesGiven = false }: { readonly takesGiven?: boolean } = {},
): Promise<Listener | undefined> {
  const { name, address, tls } = options;
  if (address.kind === "off") return undefined;
  const { limits, log, clock, bound } = context;
  const certificate = tls === undefined ? undefined : new Certificate({ listener: name, tls, log, clock });
  const createSecure = options.http1Only === true ? createTlsHttp1Server : createTlsServer;
  const secureServer = certificate === undefined ? undefined : createSecure(await certificate.read(), limits, tls?.clients);
  const server = secureServer ?? createClearServer(limits);
  const connections = new Connections(server, {
    listener: name,
    kind: address.kind,
    desk: new RequestDesk(options, context),
    context,
    bound,
    asksClients: tls?.clients !== undefined,
  });
  let url: string | undefined;
  // Without the event Node would not look for connections that are late with their headers.
  if (takesGiven) server.emit("listening");
  else url = await bind(server, { listener: name, address, secure: tls !== undefined });
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
  const take = (given: GivenConnection) => connections.take(given);
  const retire = async () => {
    connections.retire();
    await connections.gone();
  };
  return { address: url, reloadCertificate, take, retire, close, [Symbol.asyncDispose]: close };
}

async function closeServer(server: NodeServer, connections: Connections, limits: Limits): Promise<void> {
  const closed = server.listening ? once(server, "close") : connections.gone();
  // Node would cut those, too, whose answer it has whole and the client has not; idle ones end with `connections`.
  Object.assign(server, { closeIdleConnections: () => undefined });
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
