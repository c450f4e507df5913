import type { IncomingHttpHeaders } from "node:http";
import { invalid, type Refusal } from "./refusal.ts";

// The checks of spec/restbackup.md section 2.1 that need nothing but the lines of a request. Each gives its refusal, or undefined; the
// door asks them in the order of the table: 1 framing, (2 credentials), 3 target, 4 whole, 5 and 6 length, (7 and 8 what is kept), 9 Expect.

/** Row 1: one `Content-Length`, and not beside a `Transfer-Encoding`. Node's parser sees to it as well; this is for what stands before it. */
export function checkFraming(headers: IncomingHttpHeaders): Refusal | undefined {
  const length = headers["content-length"];
  if (length === undefined) return undefined;
  if (headers["transfer-encoding"] !== undefined) return invalid("Send a Content-Length or a Transfer-Encoding, not both.");
  return lengthIn(length) === undefined ? invalid("The Content-Length must be one number.") : undefined;
}

/** Row 4: a tail or a variant is never stored as if it were the file. `curl -C 5 -T f` sends such a tail (trap T9). */
export function checkWhole(headers: IncomingHttpHeaders, query: string | undefined): Refusal | undefined {
  if (query !== undefined) return invalid('A name has no query: write a "?" in it as %3F.');
  if (headers["content-range"] === undefined) return undefined;
  return invalid("A file is stored whole or not at all: send it without Content-Range (curl: without -C).");
}

/** Row 5: the length comes first, unless the account may send without (spec section 2.3). */
export function checkLengthKnown(headers: IncomingHttpHeaders, { mayBeUnknown }: { readonly mayBeUnknown: boolean }): Refusal | undefined {
  if (mayBeUnknown && headers["transfer-encoding"] !== undefined) return undefined;
  if (headers["transfer-encoding"] === undefined && headers["content-length"] !== undefined) return undefined;
  return {
    status: 411,
    sentence: "The length must be known first: store the output in a file and send that (curl -T file), or use a resumable upload.",
  };
}

/** Row 6: `mostBytes` are allowed, one more is not. */
export function checkSize(headers: IncomingHttpHeaders, mostBytes: number): Refusal | undefined {
  const bytes = declaredBytes(headers);
  if (bytes === undefined || bytes <= mostBytes) return undefined;
  return { status: 413, sentence: `A file may have ${mostBytes} bytes here, and this one has ${bytes}. Split it.` };
}

/** Row 9: the one expectation there is. */
export function checkExpect(headers: IncomingHttpHeaders): Refusal | undefined {
  const expect = headers.expect;
  if (expect === undefined || expect.toLowerCase() === "100-continue") return undefined;
  return { status: 417, sentence: "The only expectation that can be met is 100-continue." };
}

/** The length that the request announces; undefined without one. */
export function declaredBytes(headers: IncomingHttpHeaders): number | undefined {
  return headers["transfer-encoding"] === undefined ? lengthIn(headers["content-length"]) : undefined;
}

/** Whether the client asks for a 412 where the name is taken, instead of a 405 (row 7). */
export function wantsNoneThere(headers: IncomingHttpHeaders): boolean {
  return headers["if-none-match"]?.trim() === "*";
}

/** Days for which `X-Hub-Retain-Days` asks, at least; undefined without it. What an account allows is not decided here. */
export function parseRetainDays(headers: IncomingHttpHeaders): number | undefined | Refusal {
  const header = headers["x-hub-retain-days"];
  if (header === undefined) return undefined;
  if (typeof header === "string" && /^[1-9]\d{0,5}$/.test(header)) return Number(header);
  return invalid("X-Hub-Retain-Days must be a whole number of days.");
}

function lengthIn(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d{1,19}$/.test(header)) return undefined;
  return Math.min(Number(header), Number.MAX_SAFE_INTEGER); // more than that is too much for every limit
}
