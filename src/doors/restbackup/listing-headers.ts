import type { RawHeaders } from "#http/raw-headers.ts";
import { DISCREET } from "./downloads.ts";
import type { ListingView } from "./listing-query.ts";
import { PAGE_HEADERS } from "./page-frame.ts";

const COMMON = ["Cache-Control", "private, no-store", "Vary", "Accept, Authorization, User-Agent", ...DISCREET] as const;

/** What a listing is sent with, to a HEAD as to a GET (spec/restbackup.md section 3.4). */
export function listingHeaders(view: ListingView): RawHeaders {
  if (view === "page") return [...PAGE_HEADERS];
  return ["Content-Type", view === "lines" ? "text/plain; charset=utf-8" : "application/json; charset=utf-8", ...COMMON];
}
