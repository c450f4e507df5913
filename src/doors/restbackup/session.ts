import { findSession, makeSession, type OpenSession } from "#domain/archives/sessions.ts";
import type { Core } from "#domain/core.ts";
import type { Exchange } from "#http/exchange.ts";
import { originOf } from "#http/origin.ts";
import { addressBlock } from "#lib/address-block.ts";
import { RecentMap } from "#lib/recent-map.ts";
import { answerArchive } from "./archive.ts";
import type { Call } from "./call.ts";
import { methodNotAllowed, NOT_FOUND, READ_METHODS, RESERVED, tooManyTries } from "./errors.ts";
import { answerListing } from "./listing.ts";
import { wantsPage } from "./listing-query.ts";
import { endedSession, endedSessionPage } from "./notice-page.ts";
import { PAGE_HEADERS } from "./page-frame.ts";
import type { Refusal } from "./refusal.ts";
import { requestId } from "./reply.ts";
import { parseSessionRequest, sessionHeaders, sessionUrl } from "./session-request.ts";
import type { RestBackupResource } from "./target.ts";

const WINDOW_MS = 10 * 60_000;
const ADDRESSES = 10_000;

type SessionResource = Extract<RestBackupResource, { readonly kind: "session" | "session-archive" }>;

/** `POST /` with its header: a link for a browser (spec/restbackup.md section 4). */
export async function answerMakeSession({ core, exchange, archives, publicUrl }: Call): Promise<Refusal | undefined> {
  const wish = parseSessionRequest(exchange.headers);
  if ("sentence" in wish) return wish;
  const token = await makeSession(core, archives, wish);
  await exchange.reply(204, "", { headers: [...sessionHeaders(publicUrl, token), ...requestId(exchange)] });
  return undefined;
}

/** `/session/...`: whoever has the link needs no password, and one that is sent is not looked at. */
export class SessionPages {
  readonly #core: Core;
  /** Unknown tokens by address, in the window that began then. */
  readonly #misses = new RecentMap<string, { readonly count: number; readonly sinceMs: number }>(ADDRESSES);

  constructor(core: Core) {
    this.#core = core;
  }

  /** Resolves to the refusal when it is not answered yet. */
  async answer(
    exchange: Exchange,
    { resource, query, publicUrl }: { readonly resource: SessionResource; readonly query: string | undefined; readonly publicUrl: string },
  ): Promise<Refusal | undefined> {
    const origin = originOf(exchange, "restbackup");
    const from = addressBlock(origin.address);
    if (this.#missesOf(from).count >= this.#core.limits.archiveSessionMisses) return tooManyTries(WINDOW_MS / 1000);
    const session = await findSession(this.#core, resource.token, origin);
    if (session === undefined) {
      const { count, sinceMs } = this.#missesOf(from);
      this.#misses.set(from, { count: count + 1, sinceMs });
      return exchange.method === "PUT" ? RESERVED : NOT_FOUND;
    }
    if (session.kind === "ended") return await replyEnded(exchange, session, publicUrl);
    if (exchange.method !== "GET" && exchange.method !== "HEAD") return methodNotAllowed(exchange.method, READ_METHODS);
    const call = { core: this.#core, exchange, archives: session.archives, publicUrl, session };
    using _ = this.#core.requests.enter(session.archives.accountId);
    if (resource.kind === "session-archive") return await answerSessionArchive(call, session, resource.name);
    if (resource.finalSlash) return await answerListing(call, query);
    // The one redirect there is: links of its page are relative.
    const location = sessionUrl(publicUrl, resource.token);
    await exchange.reply(301, "", { headers: ["Location", location, "Cache-Control", "no-store", ...requestId(exchange)] });
    return undefined;
  }

  #missesOf(from: string): { readonly count: number; readonly sinceMs: number } {
    const known = this.#misses.get(from);
    const nowMs = performance.now();
    return known === undefined || nowMs - known.sinceMs >= WINDOW_MS ? { count: 0, sinceMs: nowMs } : known;
  }
}

async function answerSessionArchive(call: Call, { prefix }: OpenSession, name: `/${string}`): Promise<Refusal | undefined> {
  return name.startsWith(prefix) ? await answerArchive(call, name, undefined) : NOT_FOUND;
}

async function replyEnded(
  exchange: Exchange,
  ended: { readonly endedAtMs: number; readonly why: "expired" | "revoked" },
  publicUrl: string,
): Promise<Refusal | undefined> {
  if (!wantsPage(exchange.headers)) return endedSession(ended, publicUrl);
  await exchange.reply(410, endedSessionPage(ended, publicUrl).text, { headers: [...PAGE_HEADERS, ...requestId(exchange)] });
  return undefined;
}
