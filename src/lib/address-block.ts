import { isIPv6 } from "node:net";

/**
 * What counts as one place of an address (as `parseIpAddress` writes it, or `unix`): an IPv4 address, the /64 of an IPv6 address, or
 * `unix`. One host of IPv6 has a whole /64 to itself, and would otherwise have 2^64 tries.
 */
export function addressBlock(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.split("::");
  const groups = head === "" ? [] : head.split(":");
  const tailGroups = tail === undefined || tail === "" ? [] : tail.split(":");
  while (tail !== undefined && groups.length + tailGroups.length < 8) groups.push("0");
  return `${[...groups, ...tailGroups].slice(0, 4).join(":")}::/64`;
}
