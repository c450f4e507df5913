import type { Config } from "#config.ts";
import type { PeerAddress } from "#model/peer-address.ts";

/** What the primary sends to a worker. A connection comes with its socket. */
export type Order =
  /** The first one. It goes this way because it may hold the database's password. */
  | { readonly kind: "start"; readonly config: Config }
  | {
      readonly kind: "connection";
      readonly id: number;
      readonly listener: string;
      /** The socket may have forgotten it. */
      readonly address: PeerAddress;
      readonly surplus: boolean;
    }
  /** To be answered at once. */
  | { readonly kind: "ping" }
  | { readonly kind: "reloadCertificates" }
  /** Get no more connections, end with the last one. */
  | { readonly kind: "retire" }
  /** End as soon as the requests under way have, in bounds. */
  | { readonly kind: "stop" }
  | { readonly kind: "line"; readonly message: unknown };

/** What a worker sends to the primary. */
export type Report =
  /** It listens to orders. */
  | { readonly kind: "hello" }
  | { readonly kind: "ready"; readonly names: ProcessNames }
  /** The database knows it by others now. */
  | { readonly kind: "renamed"; readonly names: ProcessNames }
  /** To `ping`, behind whatever came before that. */
  | { readonly kind: "pong" }
  /** It cannot start; a sentence for people. */
  | { readonly kind: "failed"; readonly problem: string }
  /** The connection has come; it is this worker's from now on. */
  | { readonly kind: "taken"; readonly id: number }
  | { readonly kind: "closed"; readonly id: number }
  | { readonly kind: "line"; readonly message: unknown };

/** How the database knows a process, for whoever has to tidy up after it. */
export interface ProcessNames {
  readonly timeline: string;
  readonly quotas: string;
}
