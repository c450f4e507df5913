import { isIP, SocketAddress } from "node:net";

/** The text of an address has its dots or colons. */
export type IpAddress = `${string}.${string}` | `${string}:${string}`;

/**
 * An IP address in the one way it is written here: shortest form, lower case, no zone, IPv4 never as `::ffff:1.2.3.4`. Undefined
 * when it is none.
 */
export function parseIpAddress(text: string): IpAddress | undefined {
  const version = isIP(text);
  if (version === 4) return text as IpAddress; // it has its dots
  if (version === 0) return undefined;
  const { address } = new SocketAddress({ address: text.replace(/%.*$/, ""), family: "ipv6" });
  return (/^::ffff:(?<v4>\d+\.\d+\.\d+\.\d+)$/.exec(address)?.groups?.["v4"] ?? address) as IpAddress; // dots or colons
}
