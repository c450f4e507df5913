import type { LoadResult } from "../load.ts";
import type { ExpectedListing, Listing } from "./list-packs.ts";
import type { ObjectSet } from "./objects.ts";

/** A repository as its clients reach it. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** The certificate to trust, PEM; clear text without it. */
  readonly ca?: string | undefined;
  readonly protocol: "http/1.1" | "h2";
  readonly authorization: string;
  /** `/name/`. */
  readonly repository: string;
}

/** Requests for the packs of a set. Ranges start elsewhere in each object. */
export interface RequestsJob {
  readonly kind: "requests";
  readonly target: Target;
  readonly method: "GET" | "HEAD" | "POST" | "DELETE";
  readonly objects: ObjectSet;
  readonly rangeBytes?: number;
  readonly connections: number;
  /** For so long, in turn; each object once when it is left out. */
  readonly ms?: number;
}

/** What the load process does for the bench. */
export interface Jobs {
  requests: { readonly job: RequestsJob; readonly result: LoadResult & { readonly ids: readonly string[] } };
  /** Lists the packs, again and again for `ms`; once when it is left out. */
  list: {
    readonly job: {
      readonly kind: "list";
      readonly target: Target;
      readonly gzip: boolean;
      readonly expected: ExpectedListing;
      readonly ms?: number;
    };
    readonly result: { readonly listings: readonly Listing[] };
  };
  write: { readonly job: { readonly kind: "write"; readonly folder: string; readonly objects: ObjectSet }; readonly result: null };
  fill: { readonly job: { readonly kind: "fill"; readonly folder: string; readonly count: number }; readonly result: null };
}

export type Job = Jobs[keyof Jobs]["job"];

/** What the load process answers. */
export type JobAnswer = { readonly result: unknown } | { readonly error: string };
