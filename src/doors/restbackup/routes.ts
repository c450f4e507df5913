import type { Core } from "#domain/core.ts";
import { logFault } from "#domain/log-fault.ts";
import { isCrossSite, originsOf } from "#http/cross-site.ts";
import type { Door, DrainBounds, Exchange } from "#http/exchange.ts";
import type { Limits } from "#limits.ts";
import { HubError } from "#model/hub-error.ts";
import { answerArchive } from "./archive.ts";
import { openCallersArchives } from "./auth.ts";
import type { Call } from "./call.ts";
import { ARCHIVE_METHODS, methodNotAllowed, NOT_FOUND, READ_METHODS, RESERVED, ROOT_METHODS, refusalOf, tooManyTries } from "./errors.ts";
import { answerListing } from "./listing.ts";
import { PAGE_STYLE, styleHeaders } from "./page-style.ts";
import type { Refusal } from "./refusal.ts";
import { replyRefusal, requestId } from "./reply.ts";
import { answerMakeSession, SessionPages } from "./session.ts";
import { parseTarget, type RestBackupTarget } from "./target.ts";
import { checkFraming } from "./upload-checks.ts";

export interface RestBackupDoorOptions {
  /** Under which people call this listener, with its final slash. */
  readonly publicUrl: () => string;
}

const REALM = "backup";

const FAULT: Refusal = { status: 500, sentence: "Something is wrong on the server; its log says what. Nothing was stored." };

const FROM_ANOTHER_SITE: Refusal = { status: 403, sentence: "A page of another site has sent this. Nothing was changed." };

/** The RestBackup API, at the root of a host (spec/restbackup.md). */
export function restBackupDoor(core: Core, options: RestBackupDoorOptions): Door {
  const sessions = new SessionPages(core);
  return async (exchange) => {
    const progress = { isKnown: false };
    let refusal: Refusal | undefined;
    try {
      refusal = await answer(core, exchange, { ...options, sessions }, progress);
    } catch (error) {
      if (!(error instanceof HubError)) {
        if (exchange.signal.aborted) throw error;
        // Told here and not by the gate, so that a client which is still sending sees it (spec section 2.5).
        core.log.error("request failed", { id: exchange.id, error });
        return await replyRefusal(exchange, FAULT, { drain: drainOf(FAULT, core.limits, progress) });
      }
      logFault(core.log, error, { id: exchange.id, asked: exchange.method });
      exchange.note({ refused: error.code });
      refusal = throttled(error) ?? refusalOf(error, { realm: REALM });
    }
    if (refusal === undefined) return;
    const drain = drainOf(refusal, core.limits, progress);
    await replyRefusal(exchange, refusal, { drain, homeHref: progress.isKnown ? "/" : undefined });
  };
}

/** Who asks is looked at before anything else of the request (spec section 2.1). Resolves to the refusal when it is not answered yet. */
async function answer(
  core: Core,
  exchange: Exchange,
  { publicUrl, sessions }: RestBackupDoorOptions & { readonly sessions: SessionPages },
  progress: { isKnown: boolean },
): Promise<Refusal | undefined> {
  const framing = checkFraming(exchange.headers);
  if (framing !== undefined) return framing;
  const target = parseTarget(exchange.rawTarget);
  if (!("sentence" in target) && target.resource.kind === "style") return answerStyle(exchange, target.query);
  if (!("sentence" in target) && (target.resource.kind === "session" || target.resource.kind === "session-archive")) {
    return await sessions.answer(exchange, { resource: target.resource, query: target.query, publicUrl: publicUrl() });
  }
  const archives = await openCallersArchives(core, exchange);
  progress.isKnown = true;
  // A browser sends the password it knows with whatever another site's page makes it send (spec section 9).
  if (!isRead(exchange) && isCrossSite(exchange.headers, originsOf([publicUrl()]))) return FROM_ANOTHER_SITE;
  if ("sentence" in target) return target;
  const call: Call = { core, exchange, archives, publicUrl: publicUrl() };
  using _ = core.requests.enter(archives.accountId);
  return await answerResource(call, target);
}

async function answerResource(call: Call, { resource, query }: RestBackupTarget): Promise<Refusal | undefined> {
  const { exchange } = call;
  if (exchange.method === "OPTIONS")
    return void (await exchange.reply(204, "", { headers: ["Allow", allowed(resource.kind), ...requestId(exchange)] }));
  switch (resource.kind) {
    case "root":
      return exchange.method === "POST" ? await answerMakeSession(call) : await answerListing(call, query);
    case "archive":
      return await answerArchive(call, resource.name, query);
    default:
      return isRead(exchange) ? NOT_FOUND : exchange.method === "PUT" ? RESERVED : methodNotAllowed(exchange.method, READ_METHODS);
  }
}

/** For everyone: the page of a session and that of an error need it too. */
function answerStyle(exchange: Exchange, query: string | undefined): Refusal | undefined {
  if (!isRead(exchange)) return methodNotAllowed(exchange.method, READ_METHODS);
  exchange.replyNow(200, styleHeaders(query), Buffer.from(PAGE_STYLE));
  return undefined;
}

/**
 * A client that is still sending, and reads nothing before it has sent all, is let to its end within bounds, so that it sees why (spec section
 * 2.4, trap T3).
 */
function drainOf({ status }: Refusal, limits: Limits, { isKnown }: { readonly isKnown: boolean }): DrainBounds {
  if (!isKnown) return { bytes: limits.archiveDrainStrangerBytes, timeoutMs: limits.archiveDrainStrangerMs };
  if (status === 413 || status === 507) return { bytes: limits.archiveDrainFullBytes, timeoutMs: limits.archiveDrainFullMs };
  return { bytes: limits.archiveDrainBytes, timeoutMs: limits.archiveDrainMs };
}

function isRead({ method }: Exchange): boolean {
  return method === "GET" || method === "HEAD";
}

/** What was refused only because it was asked too often. */
function throttled({ code, message, retryAfterMs }: HubError): Refusal | undefined {
  if (retryAfterMs === undefined) return undefined;
  const seconds = Math.ceil(retryAfterMs / 1000);
  return code === "unauthenticated" ? tooManyTries(seconds) : { status: 429, sentence: `${message}.`, headers: ["Retry-After", seconds] };
}

function allowed(kind: RestBackupTarget["resource"]["kind"]): string {
  return kind === "root" ? ROOT_METHODS : kind === "archive" ? ARCHIVE_METHODS : READ_METHODS;
}
