import { parseIpAddress } from "#lib/ip-address.ts";
import { isLoopbackHost } from "#lib/listen-address.ts";

/**
 * Makes the check of the name by which a listener is called: loopback names, the address that the connection came in on, and the
 * names in `publicUrls`. A page of another site that has its own name point here (DNS rebinding) is refused by it.
 */
export function hostCheck(publicUrls: readonly string[]): (authority: string, localAddress: string | undefined) => boolean {
  const names = new Set(publicUrls.map((url) => nameOf(new URL(url).host)));
  return (authority, localAddress) => {
    const name = nameOf(authority);
    if (name === undefined) return false;
    if (isLoopbackHost(name) || name.endsWith(".localhost") || names.has(name)) return true;
    return localAddress !== undefined && name === parseIpAddress(localAddress);
  };
}

/** The name of `name:port`, in the one way it is compared; undefined when it cannot be one. */
function nameOf(authority: string): string | undefined {
  const groups = /^(?:\[(?<ipv6>[0-9a-f:.]+)\]|(?<name>[a-z0-9._~%-]+?)\.?)(?::\d{0,5})?$/i.exec(authority)?.groups;
  if (groups?.["ipv6"] !== undefined) return parseIpAddress(groups["ipv6"]);
  return groups?.["name"]?.toLowerCase();
}
