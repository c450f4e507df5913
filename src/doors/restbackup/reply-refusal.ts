import type { DrainBounds, Exchange } from "#http/exchange.ts";
import type { Limits } from "#limits.ts";
import { refusalText } from "./errors.ts";
import { wantsPage } from "./listing-query.ts";
import { refusalPage } from "./notice-page.ts";
import { PAGE_HEADERS, pageBytes } from "./page-frame.ts";
import type { Refusal } from "./refusal.ts";

export interface ReplyRefusalOptions {
  readonly limits: Limits;
  /** Whether the sender has proven who it is. */
  readonly isKnown: boolean;
}

/**
 * Answers with a refusal: a line for programs, a page for people. A client that is still sending, and reads nothing before it has sent all,
 * is let to its end within bounds, so that it sees why (spec/restbackup.md section 2.4, trap T3).
 */
export async function replyRefusal(exchange: Exchange, refusal: Refusal, { limits, isKnown }: ReplyRefusalOptions): Promise<void> {
  const { status, sentence, headers = [] } = refusal;
  exchange.note({ why: sentence });
  const id = ["X-RequestID", exchange.id];
  const drain = drainOf(status, limits, isKnown);
  if (wantsPage(exchange.headers) && (exchange.method === "GET" || exchange.method === "HEAD") && status !== 304) {
    const page = Buffer.concat(await Array.fromAsync(pageBytes([refusalPage(refusal, isKnown ? "./" : undefined)])));
    return await exchange.reply(status, page, { headers: [...PAGE_HEADERS, ...headers, ...id], drain });
  }
  const text = ["Content-Type", "text/plain; charset=utf-8", "Cache-Control", "private, no-store"];
  await exchange.reply(status, refusalText(refusal), { headers: [...text, ...headers, ...id], drain });
}

function drainOf(status: number, limits: Limits, isKnown: boolean): DrainBounds {
  if (!isKnown) return { bytes: limits.archiveDrainStrangerBytes, timeoutMs: limits.archiveDrainStrangerMs };
  if (status === 413 || status === 507) return { bytes: limits.archiveDrainFullBytes, timeoutMs: limits.archiveDrainFullMs };
  return { bytes: limits.archiveDrainBytes, timeoutMs: limits.archiveDrainMs };
}
