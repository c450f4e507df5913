import { isIPv6 } from "node:net";
import { parseIpAddress } from "#lib/ip-address.ts";
import { networksHold } from "#lib/network.ts";

/** Whether the hub may open a connection to that address, an IP address in any form. What is no address may not be reached. */
export type Reach = (address: string) => boolean;

const LOOPBACK = ["127.0.0.0/8", "::1"];
/** RFC 1918, RFC 6598 (which VPNs such as Tailscale use), RFC 4193. */
const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"];

/** Whoever reaches these as the machine that asks is given that machine's keys in many clouds. They lie in ranges that are open otherwise. */
const METADATA = ["100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"];

/** No host of the internet has one of these (RFC 6890 and the IANA registries): link-local, multicast, test nets, tunnels in tunnels. */
const NOBODYS = [
  "0.0.0.0/8",
  "169.254.0.0/16",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/96",
  "64:ff9b:1::/48",
  "100::/64",
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "3fff::/20",
  "5f00::/16",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
];

/**
 * What `allow` (`private`, `loopback`, addresses, networks) adds to the internet. Metadata services and nobody's addresses are reached only
 * when they are named as such: a word for a whole range does not open them.
 */
export function reachOf(allow: readonly string[]): Reach {
  const isNamed = networksHold(allow);
  const isMetadata = networksHold(METADATA);
  const isLoopback = networksHold(LOOPBACK);
  const isPrivate = networksHold(PRIVATE);
  const isNobodys = networksHold(NOBODYS);
  const mayReach = (address: string): boolean => {
    if (isNamed(address)) return true;
    if (isMetadata(address)) return false;
    if (isLoopback(address)) return allow.includes("loopback");
    if (isPrivate(address)) return allow.includes("private");
    return !isNobodys(address);
  };
  return (text) => {
    const address = parseIpAddress(text);
    return address !== undefined && mayReach(translated(address));
  };
}

/** The IPv4 address that a NAT64 gateway (RFC 6052, 64:ff9b::/96) would call for it; others as they are. */
function translated(address: string): string {
  const tail = isIPv6(address) ? /^64:ff9b::(?<tail>(?:[0-9a-f]{1,4}:)?[0-9a-f]{0,4})$/.exec(address)?.groups?.["tail"] : undefined;
  if (tail === undefined) return address;
  const [low = 0, high = 0] = tail
    .split(":")
    .map((group) => Number.parseInt(group || "0", 16))
    .reverse();
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}
