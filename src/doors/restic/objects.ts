import { objectSizeNow, openObject, readObjectNow, statObject } from "#domain/repositories/open-object.ts";
import { removeObject } from "#domain/repositories/remove-object.ts";
import { saveConfig } from "#domain/repositories/save-config.ts";
import { saveObject } from "#domain/repositories/save-object.ts";
import { parseRange } from "#http/range.ts";
import type { RawHeaders } from "#http/raw-headers.ts";
import { type Soon, whenKnown } from "#lib/soon.ts";
import type { RequestedRange } from "#model/byte-range.ts";
import { HubError } from "#model/hub-error.ts";
import type { ObjectName } from "#model/repository.ts";
import type { Call } from "./call.ts";
import { replyMethodNotAllowed } from "./errors.ts";
import type { ResticResource } from "./wire.ts";

const HEADERS = ["Content-Type", "application/octet-stream", "Accept-Ranges", "bytes", "Cache-Control", "private, no-transform"] as const;
const NOTHING = new Uint8Array();

type ObjectCall = Call<Extract<ResticResource, { kind: "object" }>>;

/** `{repository}/config` and `{repository}/{type}/{id}`. Small reads are answered at once. */
export function answerObject(call: ObjectCall): Soon<void> {
  switch (call.exchange.method) {
    case "GET":
      return getObject(call);
    case "HEAD":
      return headObject(call);
    case "POST":
      return postObject(call);
    case "DELETE":
      return deleteObject(call);
    default:
      return replyMethodNotAllowed(call.exchange, "HEAD, GET, POST, DELETE");
  }
}

/** The object, or one range of it. restic >= 0.17 takes only a 206 of the exact length for a range (spec section 0 row 4). */
function getObject(call: ObjectCall): Soon<void> {
  const { core, exchange, repository } = call;
  const { object } = call.resource;
  // If-Range names an ETag or a date that may be another's; the whole object is always a right answer (RFC 9110 section 13.1.5).
  const asked = exchange.headers["if-range"] === undefined ? parseRange(exchange.headers.range) : undefined;
  if (asked === "unsatisfiable") return streamObject(call, asked);
  const range = asked === "ignore" ? undefined : asked;
  const read = readObjectNow(core, repository, object, range);
  if (read === undefined) return streamObject(call, range);
  exchange.replyNow(statusOf(range, read), objectHeaders(object, range, read), read.bytes);
  countRead(call);
}

/** What cannot be had at once. */
async function streamObject(call: ObjectCall, asked: RequestedRange | "unsatisfiable" | undefined): Promise<void> {
  const { core, exchange, repository } = call;
  const { object } = call.resource;
  const range = asked === "unsatisfiable" ? undefined : asked;
  await using file = await openObject(core, repository, object, range, exchange.signal);
  const { start, end, facts } = file;
  const { sizeBytes } = facts;
  if (asked === "unsatisfiable" && sizeBytes > 0) throw new HubError("range_unsatisfiable", "Range Not Satisfiable", { sizeBytes });
  const part = { start, end, sizeBytes };
  await exchange.replyStream(statusOf(range, part), file.body, {
    headers: objectHeaders(object, range, part),
    lengthBytes: end - start,
  });
  countRead(call);
}

function countRead({ core, exchange, repository, resource: { object } }: ObjectCall): void {
  if (object.type === "config") return;
  const traffic = core.traffic.of(repository, object.type);
  traffic.reads += 1;
  traffic.readBytes += exchange.sentBytes;
}

/** Without a Content-Length every client fails (spec section 0 row 3); a Range is not looked at. */
function headObject(call: ObjectCall): Soon<void> {
  const { core, exchange, repository } = call;
  const { object } = call.resource;
  // A config that cannot be read must not look like a repository that is there: restic would go on and fail later with less to say.
  const isConfig = object.type === "config";
  const known = isConfig ? readObjectNow(core, repository, object, undefined)?.sizeBytes : objectSizeNow(core, repository, object);
  return whenKnown(known ?? sizeOf(call), (sizeBytes) => exchange.replyNow(200, objectHeaders(object), NOTHING, sizeBytes));
}

async function sizeOf(call: ObjectCall): Promise<number> {
  const { core, exchange, repository } = call;
  const { object } = call.resource;
  if (object.type !== "config") return (await statObject(core, repository, object, exchange.signal)).sizeBytes;
  await using file = await openObject(core, repository, object, undefined, exchange.signal);
  return file.facts.sizeBytes;
}

async function postObject({ core, exchange, repository, resource: { object } }: ObjectCall): Promise<void> {
  if (object.type === "config") await saveConfig(core, repository, exchange.body, exchange.signal);
  else await saveObject(core, repository, object, exchange.body, exchange.signal);
  await exchange.reply(200); // restic takes 200 and no other 2xx for success (spec section 0 row 1)
}

async function deleteObject({ core, exchange, repository, resource: { object } }: ObjectCall): Promise<void> {
  await removeObject(core, repository, object, exchange.signal);
  await exchange.reply(200);
}

interface Part {
  readonly start: number;
  readonly end: number;
  readonly sizeBytes: number;
}

/** Of an empty file every range is the whole. */
function statusOf(range: RequestedRange | undefined, { sizeBytes }: Part): 200 | 206 {
  return range !== undefined && sizeBytes > 0 ? 206 : 200;
}

function objectHeaders(object: ObjectName, range?: RequestedRange, part?: Part): RawHeaders {
  const headers: RawHeaders = [...HEADERS];
  if (object.type !== "config") headers.push("ETag", `"${object.id}"`);
  if (part !== undefined && statusOf(range, part) === 206) {
    headers.push("Content-Range", `bytes ${part.start}-${part.end - 1}/${part.sizeBytes}`);
  }
  return headers;
}
