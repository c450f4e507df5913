import type { DrainBounds, Exchange } from "#http/exchange.ts";
import type { RawHeaders } from "#http/raw-headers.ts";
import { refusalText } from "./errors.ts";
import { wantsPage } from "./listing-query.ts";
import { refusalPage } from "./notice-page.ts";
import { PAGE_HEADERS } from "./page-frame.ts";
import type { Refusal } from "./refusal.ts";

const TEXT_HEADERS = ["Content-Type", "text/plain; charset=utf-8"] as const;
const PROBLEM_HEADERS = ["Content-Type", "application/problem+json"] as const;

/**
 * Answers with a refusal: as text that begins with ERROR, as the problem document that a protocol wants, or to a browser as a page, which
 * leads back to `homeHref`. `drain` bounds what is read of a body behind it. The reason phrase is the standard one, because the Python library prints it (spec/restbackup.md section 2.6).
 */
export async function replyRefusal(
  exchange: Exchange,
  refusal: Refusal,
  { homeHref, drain }: { readonly homeHref?: string | undefined; readonly drain?: DrainBounds } = {},
): Promise<void> {
  const { status, sentence, problem, headers = [] } = refusal;
  exchange.note({ refused: status, why: sentence });
  const own: RawHeaders = [...headers, ...requestId(exchange)];
  const isRead = exchange.method === "GET" || exchange.method === "HEAD";
  if (isRead && wantsPage(exchange.headers)) {
    return await exchange.reply(status, refusalPage(refusal, homeHref).text, { headers: [...PAGE_HEADERS, ...own], drain });
  }
  if (problem !== undefined)
    return await exchange.reply(status, `${JSON.stringify(problem)}\n`, { headers: [...PROBLEM_HEADERS, ...own], drain });
  await exchange.reply(status, refusalText(refusal), { headers: [...TEXT_HEADERS, ...own], drain });
}

/** The header under which the Java library looks for a request's id, on every answer (spec section 2.5). */
export function requestId({ id }: Pick<Exchange, "id">): RawHeaders {
  return ["X-RequestID", id];
}
