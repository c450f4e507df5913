import { BlockList, isIP } from "node:net";
import type { Peer } from "#http/exchange.ts";
import { type IpAddress, parseIpAddress } from "#lib/ip-address.ts";
import type { PeerAddress } from "#model/peer-address.ts";
import type { ProxyOptions } from "./gate-options.ts";

/** What a request says about where it comes from. */
export interface RequestOrigin {
  /** The socket's own. */
  readonly address: PeerAddress;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  /** Name in the certificate of the other end of the socket. */
  readonly certifiedName?: string | undefined;
}

/** The proxies that are believed, and what is believed of them. */
export class Proxies {
  readonly #addresses = new BlockList();
  readonly #unix: boolean;
  readonly #none: boolean;
  readonly #userHeader: string | undefined;

  /** Throws a sentence when one of the peers is no address, no range and not `unix`. */
  constructor({ peers, userHeader }: ProxyOptions) {
    this.#unix = peers.includes("unix");
    this.#none = peers.length === 0;
    this.#userHeader = userHeader?.toLowerCase();
    for (const peer of peers) {
      if (peer !== "unix") this.#add(peer);
    }
  }

  /** Whether `address` is a listed proxy's. */
  has(address: PeerAddress): boolean {
    if (address === "unix" || this.#none) return this.#unix;
    return this.#addresses.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
  }

  /** Who asks: behind a listed proxy, whom it names; else whose socket it is. */
  peerOf({ address, rawHeaders, certifiedName }: RequestOrigin): Peer {
    if (!this.has(address))
      return certifiedName === undefined ? { address, vouchedUser: undefined } : { address, vouchedUser: undefined, certifiedName };
    // A listed proxy's certificate is its own, and says nothing of those behind it.
    return { address: this.#client(address, rawHeaders), vouchedUser: this.#vouchedUser(rawHeaders) };
  }

  /** The last hop that is no listed proxy: everything before it could have been written by anyone. */
  #client(address: PeerAddress, rawHeaders: readonly string[]): PeerAddress {
    let client = address;
    const hops = valuesOf(rawHeaders, "x-forwarded-for").join(",").split(",");
    for (const hop of hops.reverse()) {
      const hopAddress = withoutPort(hop.trim());
      if (hopAddress === undefined) return client;
      client = hopAddress;
      if (!this.has(hopAddress)) return client;
    }
    return client;
  }

  #vouchedUser(rawHeaders: readonly string[]): string | undefined {
    if (this.#userHeader === undefined) return undefined;
    const values = valuesOf(rawHeaders, this.#userHeader);
    // Twice: one of them may be the client's own. Nobody is vouched for then.
    const bytes = Buffer.from(values.length === 1 ? (values[0] ?? "") : "", "latin1");
    return bytes.toString("utf8").trim();
  }

  #add(peer: string): void {
    const [network = "", bits] = peer.split("/");
    const address = parseIpAddress(network);
    if (address === undefined || (bits !== undefined && !/^\d{1,3}$/.test(bits))) {
      throw new Error(`proxy.peers: "${peer}" is neither an IP address, a range such as 10.0.0.0/8, nor unix`);
    }
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    const most = family === "ipv6" ? 128 : 32;
    if (Number(bits ?? most) > most) throw new Error(`proxy.peers: "${peer}" has more bits than its address`);
    this.#addresses.addSubnet(address, Number(bits ?? most), family);
  }
}

/** All values of a header, by its name in lower case, in the order they came. */
function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === name) values.push(rawHeaders[index + 1] ?? "");
  }
  return values;
}

function withoutPort(hop: string): IpAddress | undefined {
  const groups = /^(?:\[(?<ipv6>[^\]]+)\](?::\d+)?|(?<ipv4>[\d.]+)(?::\d+)?|(?<bare>[0-9a-fA-F:.]+))$/.exec(hop)?.groups;
  return parseIpAddress(groups?.["ipv6"] ?? groups?.["ipv4"] ?? groups?.["bare"] ?? "");
}
