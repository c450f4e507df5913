import type { OpenSession } from "#domain/archives/sessions.ts";
import { answerListingPage } from "./answer-listing-page.ts";
import type { Call } from "./call.ts";
import { methodNotAllowed, ROOT_METHODS } from "./errors.ts";
import { listed } from "./listed.ts";
import { listingHeaders } from "./listing-headers.ts";
import type { Viewer } from "./listing-page.ts";
import { chooseView, type ListingQuery, parseListingQuery } from "./listing-query.ts";
import { listingText } from "./listing-text.ts";
import type { Refusal } from "./refusal.ts";
import { requestId } from "./reply.ts";

/** `/`: all files of the account, for programs or for people. Resolves to the refusal when it is not answered yet. */
export async function answerListing(call: Call, query: string | undefined): Promise<Refusal | undefined> {
  const { exchange, archives, session } = call;
  if (exchange.method !== "GET" && exchange.method !== "HEAD") return methodNotAllowed(exchange.method, ROOT_METHODS);
  archives.require("read");
  const parsed = parseListingQuery(query);
  if ("status" in parsed) return parsed;
  const asked = within(parsed, session);
  const view = chooseView(exchange.headers, asked);
  if (view === "page") {
    const viewer: Viewer =
      session === undefined
        ? { kind: "account", login: archives.login }
        : { kind: "session", endsAtMs: session.endsAtMs, prefix: session.prefix };
    return void (await answerListingPage(call, asked, viewer));
  }
  const headers = [...listingHeaders(view), ...requestId(exchange)];
  await exchange.replyStream(200, listingText(view, listed(call, asked)), { headers });
  return undefined;
}

/** Never more than a link shows, whatever is asked for. */
function within(query: ListingQuery, session: OpenSession | undefined): ListingQuery {
  if (session === undefined || query.prefix.startsWith(session.prefix)) return query;
  return { ...query, prefix: session.prefix };
}
