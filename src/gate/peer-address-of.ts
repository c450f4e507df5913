import type { Socket } from "node:net";
import { parseIpAddress } from "#lib/ip-address.ts";
import type { ListenAddress } from "#lib/listen-address.ts";
import type { PeerAddress } from "#model/peer-address.ts";

/** What a listener listens on. */
export type ListenKind = Exclude<ListenAddress["kind"], "off">;

/**
 * Where the other end is of a socket that such a listener has accepted. Undefined when nobody can tell any more: once a client has reset
 * its connection the system has forgotten its address, and still hands over what came before. The listener says whether it is a unix
 * socket, never the missing address.
 */
export function peerAddressOf(socket: Socket, kind: ListenKind): PeerAddress | undefined {
  return kind === "unix" ? "unix" : parseIpAddress(socket.remoteAddress ?? "");
}
