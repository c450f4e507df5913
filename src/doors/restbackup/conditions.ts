import type { IncomingHttpHeaders } from "node:http";
import { parseHttpDate } from "#http/http-date.ts";

/** A stored file, as far as conditions and ranges ask for it. */
export interface Conditional {
  /** Strong, in its quotes. */
  readonly entityTag: string;
  /** In whole seconds. */
  readonly modifiedAtMs: number;
  readonly sizeBytes: number;
}

/** What a GET or a HEAD is answered with. */
export type Selection =
  | { readonly kind: "whole" } // 200
  | { readonly kind: "part"; readonly start: number; readonly end: number } // 206, bytes [start, end)
  | { readonly kind: "not_modified" } // 304
  | { readonly kind: "failed" } // 412
  | { readonly kind: "unsatisfiable" }; // 416

const WHOLE: Selection = { kind: "whole" };

/**
 * Weighs the conditions of a read in the order of RFC 9110 section 13.2.2, then its range (spec/restbackup.md section 3.2). Several ranges,
 * another unit and what cannot be read mean the whole file, as does any range of a HEAD. A date that is none counts as not sent.
 */
export function select(method: string, headers: IncomingHttpHeaders, file: Conditional): Selection {
  const ifMatch = headers["if-match"];
  if (ifMatch !== undefined) {
    if (!namesTag(ifMatch, file.entityTag, "strong")) return { kind: "failed" };
  } else {
    const unmodifiedSince = parseHttpDate(headers["if-unmodified-since"]);
    if (unmodifiedSince !== undefined && file.modifiedAtMs > unmodifiedSince) return { kind: "failed" };
  }

  const ifNoneMatch = headers["if-none-match"];
  if (ifNoneMatch !== undefined) {
    if (namesTag(ifNoneMatch, file.entityTag, "weak")) return { kind: "not_modified" };
  } else {
    const modifiedSince = parseHttpDate(headers["if-modified-since"]);
    if (modifiedSince !== undefined && file.modifiedAtMs <= modifiedSince) return { kind: "not_modified" };
  }

  const { range } = headers;
  if (method !== "GET" || range === undefined || !isSame(headers["if-range"], file)) return WHOLE;
  return partOf(range, file.sizeBytes);
}

/** Whether a part of this very file continues what the client has: `If-Range` names its tag, or its time to the second. */
function isSame(ifRange: string | string[] | undefined, file: Conditional): boolean {
  if (ifRange === undefined) return true;
  return ifRange === file.entityTag || parseHttpDate(String(ifRange)) === file.modifiedAtMs;
}

function namesTag(header: string, entityTag: string, comparison: "strong" | "weak"): boolean {
  if (header.trim() === "*") return true;
  const tags = header.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return tags.some((tag) => tag === entityTag || (comparison === "weak" && tag === `W/${entityTag}`));
}

function partOf(header: string, sizeBytes: number): Selection {
  const numbers = /^bytes[ \t]*=[ \t]*(?<first>\d*)-(?<last>\d*)[ \t]*$/i.exec(header)?.groups;
  const first = numberIn(numbers?.["first"]);
  const last = numberIn(numbers?.["last"]);
  if (first === undefined) {
    if (last === undefined) return WHOLE;
    if (last === 0 || sizeBytes === 0) return { kind: "unsatisfiable" };
    return { kind: "part", start: Math.max(0, sizeBytes - last), end: sizeBytes };
  }
  if (last !== undefined && last < first) return WHOLE;
  if (first >= sizeBytes) return { kind: "unsatisfiable" };
  return { kind: "part", start: first, end: Math.min(last ?? sizeBytes - 1, sizeBytes - 1) + 1 };
}

/** Numbers beyond 2^53 are beyond every file too. */
function numberIn(digits: string | undefined): number | undefined {
  return digits === undefined || digits === "" ? undefined : Math.min(Number(digits), Number.MAX_SAFE_INTEGER);
}
