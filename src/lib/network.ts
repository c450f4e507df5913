import { BlockList, isIP } from "node:net";
import { parseIpAddress } from "./ip-address.ts";

/**
 * An IP address, a network such as `10.0.0.0/8`, or `unix` for whoever comes through a unix socket, in the one way it is written here.
 * Undefined when it is none of them; a network of everything (`/0`) is none either.
 */
export function parseNetwork(text: string): string | undefined {
  if (text === "unix") return text;
  const [address = "", bits, more] = text.split("/");
  const canonical = parseIpAddress(address);
  if (canonical === undefined || address.includes("%") || more !== undefined) return undefined;
  if (bits === undefined) return canonical;
  const most = isIP(canonical) === 6 ? 128 : 32;
  return /^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= most ? `${canonical}/${bits}` : undefined;
}

/** Makes the question whether an address, or `unix` for a unix socket, lies in one of the networks; each is as `parseNetwork` writes it. */
export function networksHold(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    const family = isIP(address);
    if (family !== 0) list.addSubnet(address, Number(bits ?? (family === 6 ? 128 : 32)), family === 6 ? "ipv6" : "ipv4");
  }
  const unix = networks.includes("unix");
  return (address) => (address === "unix" ? unix : list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4"));
}
