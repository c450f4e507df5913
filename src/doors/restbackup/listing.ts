import { answerListingPage } from "./answer-listing-page.ts";
import type { Call } from "./call.ts";
import { methodNotAllowed, ROOT_METHODS } from "./errors.ts";
import { listed } from "./listed.ts";
import { chooseView, parseListingQuery } from "./listing-query.ts";
import { listingText } from "./listing-text.ts";
import type { Refusal } from "./refusal.ts";

/** `/`: all files of the account, for programs or for people. Resolves to the refusal when it is not answered yet. */
export async function answerListing(call: Call, query: string | undefined): Promise<Refusal | undefined> {
  const { exchange, archives } = call;
  if (exchange.method !== "GET" && exchange.method !== "HEAD") return methodNotAllowed(exchange.method, ROOT_METHODS);
  archives.require("read");
  const asked = parseListingQuery(query);
  if ("status" in asked) return asked;
  const view = chooseView(exchange.headers, asked);
  if (view === "page") return void (await answerListingPage(call, asked, { kind: "account", login: archives.login }));
  const type = view === "lines" ? "text/plain; charset=utf-8" : "application/json; charset=utf-8";
  const caching = ["Cache-Control", "private, no-store", "Vary", "Accept, Authorization, User-Agent"];
  const body = listingText(view, listed(call, asked));
  await exchange.replyStream(200, body, { headers: ["Content-Type", type, ...caching, "X-RequestID", exchange.id] });
  return undefined;
}
