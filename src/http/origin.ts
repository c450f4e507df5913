import type { Origin } from "#model/actor.ts";
import type { Exchange } from "./exchange.ts";

const CLIENT_CHARACTERS = 120;

/** Where a request came from, as it came through that door. */
export function originOf({ peer, headers }: Exchange, door: string): Origin {
  return { door, address: peer.address, client: headers["user-agent"]?.slice(0, CLIENT_CHARACTERS) };
}
