import type { IncomingHttpHeaders } from "node:http";
import { mediaTypeWeight } from "#http/accept.ts";
import type { ListingForm } from "./listing-text.ts";
import { invalid, type Refusal } from "./refusal.ts";

/** How an account's files are told: as text for programs, or as a page for people. */
export type ListingView = ListingForm | "page";

/** Which files are told. Without any of it: all, which is what clients know (spec/restbackup.md section 3.4). */
export interface ListingQuery {
  /** Names begin with it; `""` without. */
  readonly prefix: string;
  /** Names hold it, in any case; for the page alone; `""` without. */
  readonly search: string;
  /** The one behind which the listing goes on. */
  readonly after: ListingCursor | undefined;
  readonly limit: number | undefined;
  /** Stored at that time or later. */
  readonly sinceMs: number | undefined;
  readonly allKeys: boolean;
}

/** A place in a listing, which stays when the file that stood there has gone. */
export interface ListingCursor {
  readonly createdAtMs: number;
  readonly id: number;
}

export const PAGE_ROWS = 1000;

const MOST_TEXT_CHARACTERS = 1024;
/** Clients of the first years: all of the Java library, and the Python library before 1.4. */
const OLD_CLIENT = /restbackup-(?:java\/|python\/1\.[0-3](?!\d))/;

/** Reads the query of a listing; what it does not know is ignored. */
export function parseListingQuery(query: string | undefined): ListingQuery | Refusal {
  const fields = new URLSearchParams(query ?? "");
  const prefix = fields.get("prefix") ?? "";
  const search = fields.get("search")?.trim() ?? "";
  for (const text of [prefix, search]) {
    if (text.length > MOST_TEXT_CHARACTERS || /\p{Cc}/u.test(text)) return invalid("No name holds what prefix or search asks for.");
  }
  const after = parseCursor(fields.get("after"));
  const limit = parseNumber(fields.get("limit"));
  const since = parseNumber(fields.get("since"));
  if (after === "malformed") return invalid("after must be a place that a listing has given.");
  if (Number.isNaN(limit) || limit === 0) return invalid("limit must be a whole number from 1 on.");
  if (Number.isNaN(since)) return invalid("since must be a time in seconds since 1970.");
  const sinceMs = since === undefined ? undefined : since * 1000;
  return { prefix, search, after, limit, sinceMs, allKeys: fields.get("fields") === "all" };
}

/** A place in a listing as its text: `1274439603-42`. */
export function cursorText({ createdAtMs, id }: ListingCursor): string {
  return `${Math.floor(createdAtMs / 1000)}-${id}`;
}

/** Chooses among what `/` and a session's page can be, by the table of spec/restbackup.md section 3.4. */
export function chooseView(headers: IncomingHttpHeaders, query: ListingQuery): ListingView {
  const { accept } = headers;
  const json = mediaTypeWeight(accept, "application/json");
  const html = Math.max(mediaTypeWeight(accept, "text/html"), mediaTypeWeight(accept, "application/xhtml+xml"));
  const text = /(?:^|,)\s*text\/plain\s*(?:[;,]|$)/i.test(accept ?? "") ? mediaTypeWeight(accept, "text/plain") : 0;
  if (text > Math.max(json, html)) return "lines";
  if (html > json) return "page";
  if (query.allKeys) return "all-keys";
  return OLD_CLIENT.test(headers["user-agent"] ?? "") ? "five-keys" : "three-keys";
}

/** Whether a person's browser asks, who is better served with a page than with a line of text. */
export function wantsPage(headers: IncomingHttpHeaders): boolean {
  const html = Math.max(mediaTypeWeight(headers.accept, "text/html"), mediaTypeWeight(headers.accept, "application/xhtml+xml"));
  return html > Math.max(mediaTypeWeight(headers.accept, "text/plain"), mediaTypeWeight(headers.accept, "application/json"));
}

function parseCursor(text: string | null): ListingCursor | undefined | "malformed" {
  if (text === null || text === "") return undefined;
  const parts = /^(?<seconds>\d{1,12})-(?<id>\d{1,15})$/.exec(text)?.groups;
  return parts === undefined ? "malformed" : { createdAtMs: Number(parts["seconds"]) * 1000, id: Number(parts["id"]) };
}

/** NaN for what is no number. */
function parseNumber(text: string | null): number | undefined {
  if (text === null || text === "") return undefined;
  return /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
}
