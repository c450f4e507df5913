import { findLiveArchive } from "#domain/archives/find-archive.ts";
import { openArchive } from "#domain/archives/open-archive.ts";
import type { OpenArchives } from "#domain/archives/open-archives.ts";
import { receiveArchive } from "#domain/archives/receive-archive.ts";
import { noteSessionDownload } from "#domain/archives/sessions.ts";
import type { Core } from "#domain/core.ts";
import { HubError } from "#model/hub-error.ts";
import type { Call } from "./call.ts";
import { mergeDigests, parseDigests } from "./digests.ts";
import { download, storedHeaders, storedText } from "./downloads.ts";
import { ARCHIVE_METHODS, methodNotAllowed, NOT_FOUND, nameTaken } from "./errors.ts";
import { listedArchive } from "./listed.ts";
import type { Refusal } from "./refusal.ts";
import { requestId } from "./reply.ts";
import type { ArchiveName } from "./target.ts";
import { checkExpect, checkLengthKnown, checkSize, checkWhole, wantsNoneThere } from "./upload-checks.ts";

const NOTHING = new Uint8Array();

/** `/name`: one file. Resolves to the refusal when it is not answered yet. */
export async function answerArchive(call: Call, name: ArchiveName, query: string | undefined): Promise<Refusal | undefined> {
  const { method } = call.exchange;
  if (method === "GET" || method === "HEAD") return await getArchive(call, name);
  return method === "PUT" ? await putArchive(call, name, query) : methodNotAllowed(method, ARCHIVE_METHODS);
}

/** Never a 206 without a Range, and the exact length always (spec/restbackup.md section 3, trap T4). */
async function getArchive({ core, exchange, archives, session }: Call, name: ArchiveName): Promise<Refusal | undefined> {
  archives.require("read");
  const archive = await findLiveArchive(core, archives, name);
  if (archive === undefined) return NOT_FOUND;
  const answer = download(exchange, listedArchive(archives, archive), { inSession: session !== undefined });
  if ("sentence" in answer) return answer;
  const headers = [...answer.headers, ...requestId(exchange)];
  const lengthBytes = answer.end - answer.start;
  if (answer.status === 304 || exchange.method === "HEAD" || lengthBytes === 0) {
    exchange.replyNow(answer.status, headers, NOTHING, lengthBytes);
    return undefined;
  }
  if (session !== undefined) await noteSessionDownload(core, session, archive);
  const range = answer.status === 206 ? { first: answer.start, last: answer.end - 1 } : undefined;
  await using file = await openArchive(core, archives, archive, range, exchange.signal);
  await exchange.replyStream(answer.status, file.body, { headers, lengthBytes });
  return undefined;
}

/** The checks of spec section 2.1 in their order, 1 to 3 done. 201 and a body, for `java` takes nothing else for success. */
async function putArchive({ core, exchange, archives }: Call, name: ArchiveName, query: string | undefined): Promise<Refusal | undefined> {
  archives.require("add");
  const { headers } = exchange;
  const { acceptsUnknownLength, mostFileBytes = core.limits.archiveBytes } = archives.rules.account;
  const digests = parseDigests(headers);
  const expected = "status" in digests ? digests : mergeDigests(digests.content, digests.whole);
  const refusal =
    checkWhole(headers, query) ??
    checkLengthKnown(headers, { mayBeUnknown: acceptsUnknownLength }) ??
    checkSize(headers, mostFileBytes) ??
    (await checkFree(core, archives, { name, ifNoneMatch: wantsNoneThere(headers) })) ??
    checkExpect(headers);
  if (refusal !== undefined) return refusal;
  if ("status" in expected) return expected;
  const contentType = headers["content-type"]?.slice(0, MOST_TYPE_CHARACTERS);
  try {
    const archive = await receiveArchive(core, archives, { name, body: exchange.body, expected, contentType }, exchange.signal);
    const sent = ["Content-Type", "text/plain; charset=utf-8", ...storedHeaders(archive), ...requestId(exchange)];
    await exchange.reply(201, storedText(name), { headers: sent });
    return undefined;
  } catch (error) {
    if (!(error instanceof HubError) || error.code !== "already_exists") throw error;
    return (await checkFree(core, archives, { name, ifNoneMatch: wantsNoneThere(headers) })) ?? rethrow(error);
  }
}

const MOST_TYPE_CHARACTERS = 200;

/** The refusal when a live file has the name (row 7). */
async function checkFree(
  core: Core,
  archives: OpenArchives,
  { name, ifNoneMatch }: { readonly name: ArchiveName; readonly ifNoneMatch: boolean },
): Promise<Refusal | undefined> {
  const there = await findLiveArchive(core, archives, name);
  return there === undefined ? undefined : nameTaken(name, archives.allows("read") ? there : undefined, { ifNoneMatch });
}

function rethrow(error: unknown): never {
  throw error;
}
