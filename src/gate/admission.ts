import type { Door } from "#http/exchange.ts";
import { parseRequestTarget, type RequestTarget, targetAuthority, targetBelow } from "#http/request-target.ts";
import type { Limits } from "#limits.ts";
import type { ListenerOptions, Mount } from "./gate-options.ts";
import { hostCheck } from "./host-check.ts";
import type { Refusal } from "./refusal.ts";

/** A request as it stands in its first lines. */
export interface RequestLines {
  readonly method: string;
  /** As it came. */
  readonly target: string;
  readonly protocol: string;
  /** Names and values in turn, as they came; over HTTP/2 with the pseudo fields. */
  readonly rawHeaders: readonly string[];
  readonly localAddress: string | undefined;
  /** An `Expect` other than 100-continue. */
  readonly strangeExpectation: boolean;
}

/** What a request is let in for. */
export interface Admission {
  readonly door: Door;
  readonly target: RequestTarget;
}

/** Makes the decision that a listener takes on each request before a door sees it. */
export function admission(
  { name, address, publicUrls, mounts, rawTargets }: ListenerOptions,
  limits: Pick<Limits, "headerBytes" | "headerFields">,
): (lines: RequestLines) => Admission | Refusal {
  const knows = hostCheck(publicUrls);
  const isUnix = address.kind === "unix";
  // Nearly all requests of a listener call it by one name, on one address.
  let known: { readonly authority: string; readonly localAddress: string | undefined } | undefined;
  const isKnown = (authority: string, localAddress: string | undefined) => {
    if (known !== undefined && known.authority === authority && known.localAddress === localAddress) return true;
    if (!knows(authority, localAddress)) return false;
    known = { authority, localAddress };
    return true;
  };
  return (lines) => {
    const fields = readFields(lines.rawHeaders);
    if (fields.count > limits.headerFields || fields.bytes > limits.headerBytes) return { status: 431 };
    // A body in any other coding has no end that could be found (RFC 9112 section 6.3).
    if (fields.coding !== undefined && fields.coding !== "chunked") return { status: 400, reason: "The only transfer coding is chunked" };

    const authority = authorityOf(lines, fields.hosts);
    if (authority === undefined) return { status: 400, reason: "A request must have exactly one Host" };
    const mayBeCalledSo = isUnix || authority === NAMELESS || isKnown(authority, lines.localAddress);
    if (!mayBeCalledSo) return { status: 421, reason: `Unknown host name: set publicUrl.${name} to the URL that you use` };

    const isRaw = rawTargets !== undefined;
    if (lines.strangeExpectation && !isRaw) return { status: 417 };
    if (lines.method === "CONNECT" || lines.method === "TRACE" || lines.target === "*") {
      return { status: 405, headers: { Allow: "GET, HEAD, POST, PUT, DELETE" } };
    }
    if (isRaw) return findMount(mounts, NOWHERE) ?? { status: 404 };
    const target = parseRequestTarget(lines.target);
    // The hub's own files, in any case for file systems that fold it: no door has anything by such a name (design section 4).
    if (target === undefined || target.segments.some(isOwnName)) return { status: 404 };
    return findMount(mounts, target) ?? { status: 404 };
  };
}

/** What stands in the place of a target that is not read. */
export const NOWHERE: RequestTarget = { segments: [], trailingSlash: true, query: "" };

function isOwnName(segment: string): boolean {
  return segment.charCodeAt(0) === 0x2e && segment.toLowerCase().startsWith(".hub-");
}

function findMount(mounts: readonly Mount[], target: RequestTarget): Admission | undefined {
  let rest: Mount | undefined;
  for (const mount of mounts) {
    if (mount.prefix === "") rest ??= mount;
    else if (mount.prefix === target.segments[0]) return { door: mount.door, target: targetBelow(target, 1) };
  }
  return rest === undefined ? undefined : { door: rest.door, target };
}

/** HTTP/1.0 need not say whom it means, and no browser speaks it. */
const NAMELESS = Symbol("nameless");

/** Whom the request was sent to; undefined when it says too little or too much. Over HTTP/2 the pseudo field comes first. */
function authorityOf({ target, protocol }: RequestLines, hosts: readonly string[]): string | typeof NAMELESS | undefined {
  if (protocol === "HTTP/2") return hosts[0];
  if (hosts.length > 1) return undefined;
  return (target.startsWith("/") ? undefined : targetAuthority(target)) ?? hosts[0] ?? (protocol === "HTTP/1.0" ? NAMELESS : undefined);
}

interface Fields {
  readonly count: number;
  readonly bytes: number;
  readonly hosts: readonly string[];
  /** All transfer codings, in lower case. */
  readonly coding: string | undefined;
}

/** One walk over the header fields, for all that is asked of them. Pseudo fields are not counted. */
function readFields(rawHeaders: readonly string[]): Fields {
  let count = 0;
  let bytes = 0;
  let coding: string | undefined;
  const hosts: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    const value = rawHeaders[index + 1] ?? "";
    if (name.charCodeAt(0) !== 0x3a) count += 1; // a colon
    bytes += name.length + value.length + 4; // ": " and the line's end
    if (isNamed(name, "host") || name === ":authority") hosts.push(value);
    else if (isNamed(name, "transfer-encoding")) coding = `${coding === undefined ? "" : `${coding}, `}${value.toLowerCase()}`;
  }
  return { count, bytes, hosts, coding };
}

function isNamed(name: string, lowerCase: string): boolean {
  return name.length === lowerCase.length && name.toLowerCase() === lowerCase;
}
