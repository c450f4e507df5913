import type { IncomingHttpHeaders } from "node:http";
import { httpDate } from "#http/http-date.ts";
import type { RawHeaders } from "#http/raw-headers.ts";
import { select } from "./conditions.ts";
import { entityTag, reprDigest } from "./digests.ts";
import type { ListedArchive } from "./listing-text.ts";
import type { Refusal } from "./refusal.ts";

/** How a GET or a HEAD of a file is answered: with its bytes [start, end), none of them for a 304. */
export interface Download {
  readonly status: 200 | 206 | 304;
  readonly headers: RawHeaders;
  readonly start: number;
  readonly end: number;
}

/** Keeps a secret address and what it shows out of referrers, search engines, caches and other sites' pages (spec/restbackup.md section 9). */
export const DISCREET = [
  ...["Referrer-Policy", "no-referrer", "X-Robots-Tag", "noindex"],
  ...["Cross-Origin-Resource-Policy", "same-origin"],
] as const;

/**
 * The status, headers and bytes that answer a read of this file (spec sections 3.1 and 3.2), or the refusal of a condition or range. Length,
 * `nosniff` and the request's id come from the exchange. The type is never the uploaded one, and there is never a coding: both libraries
 * need the exact length of what is stored (trap T4).
 */
export function download(
  request: { readonly method: string; readonly headers: IncomingHttpHeaders },
  file: ListedArchive,
  { inSession }: { readonly inSession: boolean },
): Download | Refusal {
  const { sizeBytes, createdAtMs } = file;
  const modifiedAtMs = createdAtMs - (createdAtMs % 1000);
  const tag = entityTag(file.sha256);
  const selection = select(request.method, request.headers, { entityTag: tag, modifiedAtMs, sizeBytes });
  switch (selection.kind) {
    case "failed":
      return { status: 412, sentence: "The file is not the one that the condition names." };
    case "unsatisfiable":
      return {
        status: 416,
        sentence: `The file has no such bytes: it has ${sizeBytes}.`,
        headers: ["Content-Range", `bytes */${sizeBytes}`],
      };
    case "not_modified":
      return { status: 304, headers: validators(file, inSession), start: 0, end: 0 };
    case "whole":
      return { status: 200, headers: [...validators(file, inSession), ...content(file)], start: 0, end: sizeBytes };
    case "part": {
      const { start, end } = selection;
      const range = ["Content-Range", `bytes ${start}-${end - 1}/${sizeBytes}`];
      return { status: 206, headers: [...validators(file, inSession), ...content(file), ...range], start, end };
    }
  }
}

/** What a stored file is answered with: to a 201, and in part to every read. */
export function storedHeaders({ sha256, createdAtMs }: Pick<ListedArchive, "sha256" | "createdAtMs">): RawHeaders {
  return ["ETag", entityTag(sha256), "Last-Modified", httpDate(createdAtMs), "Repr-Digest", reprDigest(sha256)];
}

/** The body of a 201, whose words curl's user sees (spec section 2.5). */
export function storedText(name: string): string {
  return `Stored ${name}\n`;
}

/**
 * The value of `Content-Disposition` for a name's last segment: always an attachment, in ASCII for old clients and in full for the others.
 * Characters that could end the quotes, or that some clients decode, are underscores in the first.
 */
export function contentDisposition(name: string): string {
  const segment = name.slice(name.lastIndexOf("/") + 1);
  const ascii = segment.replace(/[^\x20-\x7e]/gu, "_").replace(/["%\\]/g, "_");
  const full = encodeURIComponent(segment).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${ascii}"; filename*=UTF-8''${full}`;
}

function validators(file: ListedArchive, inSession: boolean): RawHeaders {
  // A proxy that compressed would take the length away.
  const cache = inSession ? "private, no-store, no-transform" : "private, no-cache, no-transform";
  const headers: RawHeaders = [...storedHeaders(file), "Cache-Control", cache];
  if (!file.held) headers.push("Sunset", httpDate(file.expiresAtMs));
  if (inSession) headers.push(...DISCREET);
  return headers;
}

function content({ name }: ListedArchive): RawHeaders {
  return [
    ...["Content-Type", "application/octet-stream", "Content-Disposition", contentDisposition(name)],
    ...["Content-Security-Policy", "sandbox; default-src 'none'", "Accept-Ranges", "bytes"],
  ];
}
