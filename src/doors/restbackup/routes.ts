import type { Core } from "#domain/core.ts";
import { logFault } from "#domain/log-fault.ts";
import type { Door, Exchange } from "#http/exchange.ts";
import { HubError } from "#model/hub-error.ts";
import { answerArchive } from "./archive.ts";
import { openCallersArchives } from "./auth.ts";
import type { Call } from "./call.ts";
import { ARCHIVE_METHODS, methodNotAllowed, NOT_FOUND, READ_METHODS, RESERVED, ROOT_METHODS, refusalOf, tooManyTries } from "./errors.ts";
import { answerListing } from "./listing.ts";
import { PAGE_STYLE, styleHeaders } from "./page-style.ts";
import { invalid, type Refusal } from "./refusal.ts";
import { replyRefusal } from "./reply-refusal.ts";
import { parseTarget, type RestBackupTarget } from "./target.ts";
import { checkFraming } from "./upload-checks.ts";

export interface RestBackupDoorOptions {
  /** Under which people call this listener, with its final slash. */
  readonly publicUrl: () => string;
}

const REALM = "backup";

/** The RestBackup API, at the root of a host (spec/restbackup.md). */
export function restBackupDoor(core: Core, options: RestBackupDoorOptions): Door {
  return async (exchange) => {
    const progress = { isKnown: false };
    let refusal: Refusal | undefined;
    try {
      refusal = await answer(core, exchange, options, progress);
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      logFault(core.log, error, { id: exchange.id, asked: exchange.method });
      exchange.note({ refused: error.code });
      refusal = isThrottled(error) ? tooManyTries(Math.ceil((error.retryAfterMs ?? 0) / 1000)) : refusalOf(error, { realm: REALM });
    }
    if (refusal !== undefined) await replyRefusal(exchange, refusal, { limits: core.limits, ...progress });
  };
}

/** Who asks is looked at before anything else of the request (spec section 2.1). Resolves to the refusal when it is not answered yet. */
async function answer(
  core: Core,
  exchange: Exchange,
  { publicUrl }: RestBackupDoorOptions,
  progress: { isKnown: boolean },
): Promise<Refusal | undefined> {
  const framing = checkFraming(exchange.headers);
  if (framing !== undefined) return framing;
  const target = parseTarget(exchange.rawTarget);
  if (!("sentence" in target) && target.resource.kind === "style") return answerStyle(exchange, target.query);
  const archives = await openCallersArchives(core, exchange);
  progress.isKnown = true;
  if ("sentence" in target) return target;
  const call: Call = { core, exchange, archives, publicUrl: publicUrl() };
  using _ = core.requests.enter(archives.accountId);
  return await answerResource(call, target);
}

async function answerResource(call: Call, { resource, query }: RestBackupTarget): Promise<Refusal | undefined> {
  const { exchange } = call;
  if (exchange.method === "OPTIONS") return void (await exchange.reply(204, "", { headers: ["Allow", allowed(resource.kind)] }));
  switch (resource.kind) {
    case "root":
      return exchange.method === "POST" ? refusePost(exchange) : await answerListing(call, query);
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

/** A form could send one from another site: so only the header makes a session, which no form can (spec sections 3.5 and 9). */
function refusePost({ headers }: Exchange): Refusal {
  const asked = headers["x-http-method-override"];
  if (asked === undefined) return invalid("POST makes a session, and for that it needs the header X-HTTP-Method-Override: MAKESESSION.");
  return invalid("X-HTTP-Method-Override can only be MAKESESSION here.");
}

function isRead({ method }: Exchange): boolean {
  return method === "GET" || method === "HEAD";
}

function isThrottled({ code, retryAfterMs }: HubError): boolean {
  return code === "unauthenticated" && retryAfterMs !== undefined;
}

function allowed(kind: RestBackupTarget["resource"]["kind"]): string {
  return kind === "root" ? ROOT_METHODS : kind === "archive" ? ARCHIVE_METHODS : READ_METHODS;
}
