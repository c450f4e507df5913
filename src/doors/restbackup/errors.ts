import type { RawHeaders } from "#http/raw-headers.ts";
import { escapeUnprintable } from "#lib/unprintable.ts";
import type { HubError, HubErrorCode } from "#model/hub-error.ts";
import { isoTime, type ListedArchive } from "./listing-text.ts";
import type { Refusal } from "./refusal.ts";

/**
 * Both libraries send everything again on a 5xx, five and six times, and give up on a 4xx (spec/restbackup.md sections 0 row 7 and 2.6): so
 * there is no 5xx for what will not pass by itself. A quota is one all the same, as the service had it, before the body. 408 is what
 * `curl --retry` repeats.
 */
const STATUS = {
  unauthenticated: 401,
  forbidden: 403,
  append_only: 405,
  not_found: 404,
  already_exists: 405,
  invalid_input: 400,
  hash_mismatch: 400,
  incomplete: 408,
  too_large: 413,
  range_unsatisfiable: 416,
  quota_exceeded: 507,
  storage_full: 507,
  damaged: 500,
  changed: 500,
  overloaded: 503,
  unavailable: 503,
} as const satisfies Record<HubErrorCode, number>;

const RETRY_SECONDS = 60;

export const READ_METHODS = "GET, HEAD";
export const ROOT_METHODS = "GET, HEAD, POST";
export const ARCHIVE_METHODS = "GET, HEAD, PUT";

/** The hub's refusal in this door's words. */
export function refusalOf(error: HubError, { realm }: { readonly realm: string }): Refusal {
  const status = STATUS[error.code];
  return { status, sentence: error.message, headers: headersFor(error, realm) };
}

function headersFor({ code, sizeBytes }: HubError, realm: string): RawHeaders {
  switch (code) {
    case "unauthenticated":
      return ["WWW-Authenticate", `Basic realm="${realm.replace(/[^\x20-\x7e]|["\\]/g, "_")}", charset="UTF-8"`];
    case "already_exists":
    case "append_only":
      return ["Allow", READ_METHODS];
    case "overloaded":
    case "unavailable":
      return ["Retry-After", RETRY_SECONDS];
    case "range_unsatisfiable":
      return sizeBytes === undefined ? [] : ["Content-Range", `bytes */${sizeBytes}`];
    default:
      return [];
  }
}

/**
 * The name is taken (spec section 2.1 row 7). Size, time and digest let a client that has lost its 201 tell a file that arrived from
 * a clash; they are not for credentials that may not read, for which `stored` is undefined. `ifNoneMatch` is for those who have asked.
 */
export function nameTaken(
  name: string,
  stored: Pick<ListedArchive, "sizeBytes" | "createdAtMs" | "sha256"> | undefined,
  { ifNoneMatch }: { readonly ifNoneMatch: boolean },
): Refusal {
  return {
    status: ifNoneMatch ? 412 : 405,
    sentence: `${escapeUnprintable(name)} is stored already, and files are never replaced. Choose another name.`,
    headers: ["Allow", READ_METHODS],
    ...(stored === undefined
      ? {}
      : { details: [`Stored: ${stored.sizeBytes} bytes at ${isoTime(stored.createdAtMs)}`, `SHA-256: ${stored.sha256}`] }),
  };
}

/** A method that this resource does not know, or that nothing here does (spec section 3.5). */
export function methodNotAllowed(method: string, allow: string): Refusal {
  const sentence = method === "DELETE" ? "Files leave when their time is over; nobody can delete them here." : `Here you can use ${allow}.`;
  return { status: 405, sentence, headers: ["Allow", allow] };
}

export const NOT_FOUND: Refusal = { status: 404, sentence: "Nothing is stored under this name. It never was, or its time is over." };

/** A PUT below `/session/` or `/_hub/` (spec section 2.2). */
export const RESERVED: Refusal = { status: 403, sentence: "Names below /session/ and /_hub/ are not for files. Choose another name." };

/** Wrong passwords came too often (spec section 1.2). */
export function tooManyTries(waitSeconds: number): Refusal {
  return { status: 429, sentence: "There were too many wrong tries. Wait before the next one.", headers: ["Retry-After", waitSeconds] };
}

/** The body of a refusal; with curl it is the only sign that something is wrong. */
export function refusalText({ status, sentence, details = [] }: Refusal): string {
  return [`ERROR ${status}: ${sentence}`, ...details, ""].join("\n");
}
