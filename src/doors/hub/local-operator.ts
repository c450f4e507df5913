import { isCrossSite } from "#http/cross-site.ts";
import type { Exchange } from "#http/exchange.ts";
import { parseIpAddress } from "#lib/ip-address.ts";
import { isLoopbackHost } from "#lib/listen-address.ts";
import { findPeerUid } from "#lib/peer-process.ts";
import { isForwarded } from "./forwarded.ts";

// Linux shows users that a namespace does not know as this one; nobody who runs as it can tell who is who.
const OVERFLOW_UID = 65_534;

/**
 * Whether a request without credentials is the operator's: sent over loopback, by a process of the hub's own user or root, straight to
 * this listener under a loopback name, and by no page of another site (design: "Who gets in"). Its caller knows that no user exists yet,
 * because none can be made; the first one ends this.
 */
export async function isLocalOperator(exchange: Exchange, mostTableBytes: number): Promise<boolean> {
  const { headers, socketEnds: ends } = exchange;
  if (ends === undefined || !isLoopbackAddress(ends.remoteAddress) || !isLoopbackAddress(ends.localAddress)) return false;
  if (isForwarded(headers)) return false;
  if (!isLoopbackName(headers.host) || isCrossSite(headers, new Set())) return false;
  const own = process.getuid?.();
  if (own === undefined) return false;
  // An entry can be missed while others come and go in the table.
  const uid = (await findPeerUid(ends, mostTableBytes)) ?? (await findPeerUid(ends, mostTableBytes));
  return uid === 0 || (uid === own && own !== OVERFLOW_UID);
}

function isLoopbackAddress(text: string): boolean {
  const address = parseIpAddress(text);
  return address !== undefined && isLoopbackHost(address);
}

/** Whether `host:port` names this machine to itself. */
function isLoopbackName(authority: string | undefined): boolean {
  const name = authority === undefined ? undefined : URL.parse(`http://${authority}`)?.hostname.replace(/\.$/, "");
  if (name === undefined) return false;
  return name.endsWith(".localhost") || isLoopbackHost(name.replace(/^\[(.*)\]$/, "$1"));
}
