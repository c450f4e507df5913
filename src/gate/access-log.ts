import type { Outcome } from "#http/node-exchange.ts";
import type { Log } from "#lib/log.ts";

const TARGET_CHARACTERS = 512;

/** What is known of a request before it is answered. */
export interface AccessLine {
  readonly id: string;
  readonly listener: string;
  readonly method: string;
  /** As it came. */
  readonly target: string;
  readonly protocol: string;
  /** `performance.now()` when its headers were complete. */
  readonly startedAtMs: number;
}

/** What is known of it afterwards. */
export interface AnsweredRequest extends Outcome {
  /** Undefined on a unix socket. */
  readonly address: string | undefined;
  /** Whether the hub ended its connection, at shutdown. */
  readonly cutByHub: boolean;
}

/** Writes the one line that every answered request has; and one more, with the error, when the hub itself broke the reply off. */
export function logAccess(log: Log, line: AccessLine, { address, cutByHub, ...outcome }: AnsweredRequest): void {
  log.info("request", {
    ...outcome.notes,
    id: line.id,
    listener: line.listener,
    method: line.method,
    target: shownTarget(line.target),
    status: outcome.status,
    bytesIn: outcome.bytesIn,
    bytesOut: outcome.bytesOut,
    ms: Math.round((performance.now() - line.startedAtMs) * 10) / 10,
    address: address ?? "unix",
    protocol: line.protocol,
    ...(outcome.complete ? {} : { cut: cutByHub || outcome.brokenBy !== undefined ? "by the hub" : "by the client" }),
  });
  if (outcome.brokenBy !== undefined) log.error("request failed", { id: line.id, error: outcome.brokenBy });
}

/** The path alone, cut, with every byte that could disturb a terminal escaped. Queries may hold signatures. */
function shownTarget(raw: string): string {
  const mark = raw.indexOf("?");
  const path = mark < 0 ? raw : raw.slice(0, mark);
  const cut = path.length > TARGET_CHARACTERS ? `${path.slice(0, TARGET_CHARACTERS)}...` : path;
  return cut.replace(/[^\x21-\x7e]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
