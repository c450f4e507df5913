import type { PeerAddress } from "./peer-address.ts";

/** Each kind of `Actor`. */
export const ACTOR_KINDS = ["operator", "account", "token", "hub", "stranger"] as const satisfies readonly Actor["kind"][];

/**
 * Who does something, as the timeline tells it.
 *
 * - `operator`  whoever has the machine: the command line, or a request of the machine's own user
 * - `account`   a machine that has signed in
 * - `token`     a program with an API token
 * - `hub`       the hub's own jobs
 * - `stranger`  somebody who has not proven who they are; `login` is what they claimed, if anything
 */
export type Actor =
  | { readonly kind: "operator" }
  | { readonly kind: "account"; readonly name: string; readonly login: string }
  | { readonly kind: "token"; readonly name: string }
  | { readonly kind: "hub" }
  | { readonly kind: "stranger"; readonly login: string | undefined };

export const OPERATOR: Actor = { kind: "operator" };

export const HUB: Actor = { kind: "hub" };

/** Where a request came from. */
export interface Origin {
  /** `restic`, `hub`. */
  readonly door: string;
  readonly address: PeerAddress;
  /** What the client calls itself: its `User-Agent`, cut to 120 characters. */
  readonly client: string | undefined;
}
