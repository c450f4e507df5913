import type { NodeExchange } from "#http/node-exchange.ts";
import type { Log } from "#lib/log.ts";
import type { PeerAddress } from "#model/peer-address.ts";

const TARGET_CHARACTERS = 512;
/** A read that took longer is worth a line however it ended. */
const SLOW_MS = 1000;

/** Which answered requests have a line: all of them, or all but reads that went well at once, or found nothing for who has signed in. */
export type LoggedRequests = "all" | "notable";

/** What is known of a request before it is answered. */
export interface AccessLine {
  readonly listener: string;
  /** As it came. */
  readonly target: string;
  readonly protocol: string;
  /** `performance.now()` when its headers were complete. */
  readonly startedAtMs: number;
  readonly address: PeerAddress;
}

export interface AccessLogOptions {
  readonly log: Log;
  readonly requests: LoggedRequests;
  /** Whether the hub ended its connection, at shutdown. */
  readonly cutByHub: boolean;
}

/** Writes the one line that a request has once it is over; and one more, with the error, when the hub itself broke the reply off. */
export function logAccess({ log, requests, cutByHub }: AccessLogOptions, line: AccessLine, exchange: NodeExchange): void {
  const ms = performance.now() - line.startedAtMs;
  if (requests === "notable" && ms < SLOW_MS && isUneventful(exchange)) return;
  const { id, method } = exchange;
  const { notes, status, bytesIn, bytesOut, complete, brokenBy } = exchange.outcome();
  log.info("request", {
    ...notes,
    id,
    listener: line.listener,
    method,
    target: shownTarget(line.target),
    status,
    bytesIn,
    bytesOut,
    ms: Math.round(ms * 10) / 10,
    address: line.address,
    protocol: line.protocol,
    ...(complete ? {} : { cut: cutByHub || brokenBy !== undefined ? "by the hub" : "by the client" }),
  });
  if (brokenBy !== undefined) log.error("request failed", { id, error: brokenBy });
}

/** A read that was answered whole. Clients that have signed in look whether something is there; others who find nothing are probing. */
function isUneventful(exchange: NodeExchange): boolean {
  const { method, status, complete } = exchange;
  if ((method !== "GET" && method !== "HEAD") || !complete) return false;
  return status < 400 || (status === 404 && exchange.outcome().notes["account"] !== undefined);
}

/** The path alone, cut, with every byte that could disturb a terminal escaped. Queries may hold signatures. */
function shownTarget(raw: string): string {
  const mark = raw.indexOf("?");
  const path = mark < 0 ? raw : raw.slice(0, mark);
  const cut = path.length > TARGET_CHARACTERS ? `${path.slice(0, TARGET_CHARACTERS)}...` : path;
  return cut.replace(/[^\x21-\x7e]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
