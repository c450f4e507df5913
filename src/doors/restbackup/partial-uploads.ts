import type { IncomingHttpHeaders } from "node:http";
import type { RawHeaders } from "#http/raw-headers.ts";
import { parseStructuredItem } from "#http/structured-fields.ts";
import { invalid, type Refusal } from "./refusal.ts";

// Resumable uploads (spec/restbackup.md section 8.2; draft-ietf-httpbis-resumable-upload, from about its twelfth version).

export const PARTIAL_UPLOAD = "application/partial-upload";

/** How a PUT begins an upload that may be resumed. */
export interface UploadStart {
  /** Whether this request brings the end of the file. */
  readonly isLast: boolean;
  /** Of the whole file; undefined when the client does not know it yet. */
  readonly totalBytes: number | undefined;
}

/** One more part of an upload. */
export interface UploadPart extends UploadStart {
  /** Where it begins: as many bytes as the client believes to be here already. */
  readonly offsetBytes: number;
}

export interface UploadLimits {
  readonly mostBytes: number;
  /** How long an upload that nobody goes on with is kept. */
  readonly mostAgeSeconds: number;
}

/** What is known of an upload when it is asked for. */
export interface UploadProgress {
  /** Bytes that are flushed; never fewer than were told before. */
  readonly offsetBytes: number;
  readonly isComplete: boolean;
  readonly totalBytes: number | undefined;
}

/** Reads the start of a resumable upload from a PUT; undefined when it is none, which no old client's is. */
export function parseUploadStart(headers: IncomingHttpHeaders): UploadStart | undefined | Refusal {
  if (headers["upload-complete"] === undefined) return undefined;
  const isLast = booleanIn(headers["upload-complete"]);
  if (isLast === undefined) return invalid("Upload-Complete must be ?1 for the whole file or its end, else ?0.");
  const totalBytes = numberIn(headers["upload-length"]);
  return Number.isNaN(totalBytes) ? invalid("Upload-Length must be a whole number of bytes.") : { isLast, totalBytes };
}

/** Reads a PATCH of an upload. Which status a wrong type has is said by RFC 5789: 415. */
export function parseUploadPart(headers: IncomingHttpHeaders): UploadPart | Refusal {
  const type = headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  if (type !== PARTIAL_UPLOAD) {
    return { status: 415, sentence: `A part is sent with "Content-Type: ${PARTIAL_UPLOAD}".`, headers: ["Accept-Patch", PARTIAL_UPLOAD] };
  }
  const start = parseUploadStart(headers);
  if (start === undefined) return invalid("A part needs Upload-Complete: ?1 when it is the last one, else ?0.");
  if ("status" in start) return start;
  const offsetBytes = numberIn(headers["upload-offset"]);
  if (offsetBytes === undefined || Number.isNaN(offsetBytes))
    return invalid("A part needs an Upload-Offset: the number of bytes before it.");
  return { ...start, offsetBytes };
}

/**
 * The length of the whole file that a request states, when it brings the end of it: what is here already and what it brings. Undefined
 * when neither header says it. A refusal when two of them, or what was said before, do not agree; nor may it change later.
 */
export function agreedTotal(
  { isLast, totalBytes, offsetBytes }: UploadPart,
  bodyBytes: number | undefined,
  knownBytes: number | undefined,
): number | undefined | Refusal {
  const counted = isLast && bodyBytes !== undefined ? offsetBytes + bodyBytes : undefined;
  const said = [knownBytes, totalBytes, counted].filter((bytes) => bytes !== undefined);
  const [first] = said;
  if (said.some((bytes) => bytes !== first))
    return problem(400, "inconsistent-upload-length", "The file's length is not what was said before");
  const reached = offsetBytes + (bodyBytes ?? 0);
  if (first !== undefined && reached > first)
    return problem(400, "inconsistent-upload-length", "The part reaches beyond the file's length");
  return first;
}

/** A part begins somewhere else than where the upload stands. */
export function wrongOffset({ offsetBytes }: UploadProgress, askedBytes: number): Refusal {
  return problem(409, "mismatching-upload-offset", "The part does not begin where the upload stands", {
    headers: ["Upload-Offset", offsetBytes, "Upload-Complete", "?0"],
    members: { "expected-offset": offsetBytes, "provided-offset": askedBytes },
  });
}

/** Nothing can be added to an upload that is complete. */
export function alreadyComplete(): Refusal {
  return problem(400, "completed-upload", "The upload is complete already");
}

/** Tells a HEAD of an upload, and in part a 104 and a 201, how far it is. */
export function progressHeaders(progress: UploadProgress, limits: UploadLimits): RawHeaders {
  const headers: RawHeaders = ["Upload-Offset", progress.offsetBytes, "Upload-Complete", progress.isComplete ? "?1" : "?0"];
  if (progress.totalBytes !== undefined) headers.push("Upload-Length", progress.totalBytes);
  return [...headers, "Upload-Limit", uploadLimit(limits), "Cache-Control", "no-store"];
}

export function uploadLimit({ mostBytes, mostAgeSeconds }: UploadLimits): string {
  return `max-size=${mostBytes}, max-age=${mostAgeSeconds}`;
}

/** The answer to OPTIONS, beside a 204: no header for other sites' pages. */
export function optionsHeaders(allow: string, limits: UploadLimits): RawHeaders {
  return ["Allow", allow, "Accept-Patch", PARTIAL_UPLOAD, "Upload-Limit", uploadLimit(limits)];
}

/** Where an upload is asked for and gone on with. */
export function uploadUrl(publicUrl: string, id: string): string {
  return `${publicUrl}_hub/uploads/${id}`;
}

interface ProblemOptions {
  readonly headers?: RawHeaders;
  readonly members?: Readonly<Record<string, number>>;
}

/** RFC 9457, with the draft's types. */
function problem(status: number, type: string, title: string, { headers = [], members = {} }: ProblemOptions = {}): Refusal {
  const document = { type: `https://iana.org/assignments/http-problem-types#${type}`, title, status, ...members };
  return { status, sentence: `${title}.`, headers, problem: document };
}

function booleanIn(header: string | string[] | undefined): boolean | undefined {
  const item = parseStructuredItem(String(header ?? ""));
  return item?.type === "boolean" ? item.value : undefined;
}

/** NaN for what is no number of bytes, undefined without a header. */
function numberIn(header: string | string[] | undefined): number | undefined {
  if (header === undefined) return undefined;
  const item = parseStructuredItem(String(header));
  return item?.type === "integer" && item.value >= 0 ? item.value : Number.NaN;
}
