import type { IncomingHttpHeaders } from "node:http";
import type { RawHeaders } from "#http/raw-headers.ts";
import { invalid, type Refusal } from "./refusal.ts";

/** What a new session may be narrowed to (spec/restbackup.md section 4). */
export interface SessionWish {
  /** Names that it shows begin with it; `""` for all. */
  readonly prefix: string;
  readonly seconds: number;
  /** After so many downloads it ends; undefined for any number. */
  readonly uses: number | undefined;
}

export const MOST_SESSION_SECONDS = 86_400;

const MOST_USES = 1_000_000;
const MOST_PREFIX_BYTES = 1024;

/**
 * Reads a POST to the root, which makes a session when its header says so and is refused otherwise: no form, query or cookie can say
 * it, because other sites' pages can send those and not the header (spec sections 3.5 and 9). A body is not looked at.
 */
export function parseSessionRequest(headers: IncomingHttpHeaders): SessionWish | Refusal {
  const override = headers["x-http-method-override"];
  if (typeof override !== "string" || override.trim().toUpperCase() !== "MAKESESSION") {
    return invalid(
      'A POST makes a link for a browser, and for that it needs the header "X-HTTP-Method-Override: MAKESESSION". To store a file use PUT.',
    );
  }
  const prefix = decodePrefix(headers["x-hub-session-prefix"]);
  if (prefix === undefined) return invalid("X-Hub-Session-Prefix must be the beginning of a name, percent-encoded as in its address.");
  const seconds = wholeNumber(headers["x-hub-session-seconds"], MOST_SESSION_SECONDS);
  if (Number.isNaN(seconds)) return invalid(`X-Hub-Session-Seconds must be a whole number from 1 to ${MOST_SESSION_SECONDS}.`);
  const uses = wholeNumber(headers["x-hub-session-uses"], MOST_USES);
  if (Number.isNaN(uses)) return invalid(`X-Hub-Session-Uses must be a whole number from 1 to ${MOST_USES}.`);
  return { prefix, seconds: seconds ?? MOST_SESSION_SECONDS, uses };
}

/** What a new session is answered with, beside a 204; `publicUrl` comes from the configuration, never from the request. */
export function sessionHeaders(publicUrl: string, token: string): RawHeaders {
  return ["Location", sessionUrl(publicUrl, token), "Cache-Control", "no-store"];
}

/** The address of a session's listing. `publicUrl` ends in a slash. */
export function sessionUrl(publicUrl: string, token: string): string {
  return `${publicUrl}session/${token}/`;
}

/** In headers names stand as they stand in addresses, because headers hold ASCII alone. */
function decodePrefix(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return "";
  try {
    const prefix = decodeURIComponent(String(header));
    const isOne = prefix.startsWith("/") && !/\p{Cc}/u.test(prefix) && Buffer.byteLength(prefix) <= MOST_PREFIX_BYTES;
    return isOne ? prefix : undefined;
  } catch {
    return undefined;
  }
}

/** From 1 to `most`; NaN for anything else, undefined without a header. */
function wholeNumber(header: string | string[] | undefined, most: number): number | undefined {
  if (header === undefined) return undefined;
  const number = /^\d{1,9}$/.test(String(header)) ? Number(header) : Number.NaN;
  return number >= 1 && number <= most ? number : Number.NaN;
}
