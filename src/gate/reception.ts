import { createServer, type Server, type Socket } from "node:net";
import type { Log } from "#lib/log.ts";
import type { Limits } from "#limits.ts";
import { bind } from "./bind.ts";
import { ConnectionBound } from "./connection-bound.ts";
import type { GivenConnection, ListenerOptions, ProxyOptions } from "./gate-options.ts";
import { type ListenKind, peerAddressOf } from "./peer-address-of.ts";
import { Proxies } from "./proxies.ts";

export interface ReceptionOptions {
  readonly listeners: readonly Pick<ListenerOptions, "name" | "address" | "tls">[];
  readonly limits: Pick<Limits, "connectionsPerAddress">;
  readonly proxy: ProxyOptions;
  readonly log: Log;
  /** Is called with each connection. Nothing of it has been read. */
  readonly hand: (accepted: Accepted) => void;
}

/** A connection that is still to be served, by whomever it is handed to. */
export interface Accepted extends GivenConnection {
  /** Closes this process's end. Whoever else has been sent the socket keeps it. */
  release(): void;
  /** The connection is over, wherever it was served: it counts no longer. */
  leave(): void;
}

/** Sockets that listen for processes that come and go. Disposing closes them; connections stay with those who have them. */
export interface Reception extends Disposable {
  /** As `Gate.addresses`. */
  readonly addresses: Readonly<Record<string, string>>;
}

/**
 * Listens on every address and hands over what it accepts, counted by address over all listeners and all who serve. Throws a sentence for
 * people when one cannot be listened on; then none is.
 */
export async function openReception({ listeners, limits, proxy, log, hand }: ReceptionOptions): Promise<Reception> {
  const proxies = new Proxies(proxy);
  const bound = new ConnectionBound(limits.connectionsPerAddress);
  using stack = new DisposableStack();
  const addresses: Record<string, string> = {};
  for (const { name, address, tls } of listeners) {
    if (address.kind === "off") continue;
    const accept = (socket: Socket) => admit(socket, { listener: name, kind: address.kind, proxies, bound, hand });
    const server: Server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, accept);
    addresses[name] = await bind(server, { listener: name, address, secure: tls !== undefined });
    stack.defer(() => void server.close());
    server.on("error", (error) => log.error("listener failed", { listener: name, error }));
  }
  const owned = stack.move();
  return { addresses, [Symbol.dispose]: () => owned.dispose() };
}

interface Admission {
  readonly listener: string;
  readonly kind: ListenKind;
  readonly proxies: Proxies;
  readonly bound: ConnectionBound;
  readonly hand: (accepted: Accepted) => void;
}

function admit(socket: Socket, { listener, kind, proxies, bound, hand }: Admission): void {
  socket.on("error", () => undefined); // whoever serves it learns of that
  const address = peerAddressOf(socket, kind);
  if (address === undefined) {
    socket.destroy(); // its client has gone already
    return;
  }
  const counted = address !== "unix" && !proxies.has(address);
  const answer = counted ? bound.enter(address) : "admitted";
  let isOver = false;
  const leave = () => {
    if (counted && !isOver) bound.leave(address);
    isOver = true;
  };
  if (answer === "refused") {
    leave();
    socket.destroy();
    return;
  }
  hand({ listener, socket, address, surplus: answer === "surplus", release: () => socket.destroy(), leave });
}
