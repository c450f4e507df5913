import type { Exchange } from "#http/exchange.ts";
import type { HubError, HubErrorCode } from "#model/hub-error.ts";

/**
 * restic reads the status and nothing else. It gives up at once on 401, 403, 404, 416 (since 0.17) and 507 (since 0.18.1) and asks
 * again, for up to 15 minutes, on anything else: damage and overload are worth that, a full disk or too large an object is not
 * (spec/restic-rest.md sections 0 row 17 and 2.5).
 */
const STATUS = {
  unauthenticated: 401,
  forbidden: 403,
  append_only: 403,
  not_found: 404,
  already_exists: 403,
  invalid_input: 400,
  hash_mismatch: 400,
  incomplete: 400,
  too_large: 403,
  range_unsatisfiable: 416,
  quota_exceeded: 507,
  storage_full: 507,
  damaged: 500,
  changed: 500,
  overloaded: 503,
  unavailable: 503,
} as const satisfies Record<HubErrorCode, number>;

/** Answers with a refusal: its sentence as the reason phrase, which restic prints, and as the body, for curl. */
export async function replyRefusal(exchange: Exchange, error: HubError): Promise<void> {
  const headers: Record<string, string> = { "Content-Type": "text/plain; charset=utf-8" };
  if (error.code === "unauthenticated") headers["WWW-Authenticate"] = 'Basic realm="Holdfast", charset="UTF-8"';
  if (error.code === "range_unsatisfiable" && error.sizeBytes !== undefined) headers["Content-Range"] = `bytes */${error.sizeBytes}`;
  exchange.note({ refused: error.code, why: error.message });
  await exchange.reply(STATUS[error.code], `${error.message}\n`, { headers, reason: error.message });
}

/** Answers that this resource knows no such method. */
export async function replyMethodNotAllowed(exchange: Exchange, allow: string): Promise<void> {
  await exchange.reply(405, "Method Not Allowed\n", { headers: { "Content-Type": "text/plain; charset=utf-8", Allow: allow } });
}
