import type { Actor, Origin } from "#model/actor.ts";
import type { Principal } from "./principal.ts";

/** A principal at a door. */
export interface Visitor extends Principal {
  readonly origin: Origin;
}

/** The principal as the timeline names it. */
export function actorOf({ accountName, login }: Principal): Actor {
  return { kind: "account", name: accountName, login };
}
