import { openObject, statObject } from "#domain/repositories/open-object.ts";
import { removeObject } from "#domain/repositories/remove-object.ts";
import { saveConfig } from "#domain/repositories/save-config.ts";
import { saveObject } from "#domain/repositories/save-object.ts";
import { parseRange } from "#http/range.ts";
import { HubError } from "#model/hub-error.ts";
import type { ObjectName } from "#model/repository.ts";
import type { Call } from "./call.ts";
import { replyMethodNotAllowed } from "./errors.ts";
import type { ResticResource } from "./wire.ts";

type ObjectCall = Call<Extract<ResticResource, { kind: "object" }>>;

/** `{repository}/config` and `{repository}/{type}/{id}`. */
export async function answerObject(call: ObjectCall): Promise<void> {
  switch (call.exchange.method) {
    case "GET":
      return await getObject(call);
    case "HEAD":
      return await headObject(call);
    case "POST":
      return await postObject(call);
    case "DELETE":
      return await deleteObject(call);
    default:
      return await replyMethodNotAllowed(call.exchange, "HEAD, GET, POST, DELETE");
  }
}

/** The object, or one range of it. restic >= 0.17 takes only a 206 of the exact length for a range (spec section 0 row 4). */
async function getObject({ core, exchange, repository, resource: { object } }: ObjectCall): Promise<void> {
  // If-Range names an ETag or a date that may be another's; the whole object is always a right answer (RFC 9110 section 13.1.5).
  const asked = exchange.headers["if-range"] === undefined ? parseRange(exchange.headers.range) : undefined;
  const range = asked === "ignore" || asked === "unsatisfiable" ? undefined : asked;
  await using file = await openObject(core, repository, object, range, exchange.signal);
  const { sizeBytes } = file.facts;
  if (asked === "unsatisfiable" && sizeBytes > 0) throw new HubError("range_unsatisfiable", "Range Not Satisfiable", { sizeBytes });

  const headers: Record<string, string> = objectHeaders(object);
  const isPart = range !== undefined && sizeBytes > 0;
  if (isPart) headers["Content-Range"] = `bytes ${file.start}-${file.end - 1}/${sizeBytes}`;
  await exchange.replyStream(isPart ? 206 : 200, file.body, { headers, lengthBytes: file.end - file.start });
  if (object.type === "config") return;
  const traffic = core.traffic.of(repository, object.type);
  traffic.reads += 1;
  traffic.readBytes += exchange.sentBytes;
}

/** Without a Content-Length every client fails (spec section 0 row 3); a Range is not looked at. */
async function headObject({ core, exchange, repository, resource: { object } }: ObjectCall): Promise<void> {
  const { sizeBytes } = object.type === "config" ? await sizeOfReadable() : await statObject(core, repository, object, exchange.signal);
  await exchange.replyStream(200, nothing(), { headers: objectHeaders(object), lengthBytes: sizeBytes });

  /** A config that cannot be read must not look like a repository that is there: restic would go on and fail later with less to say. */
  async function sizeOfReadable(): Promise<{ sizeBytes: number }> {
    await using file = await openObject(core, repository, object, undefined, exchange.signal);
    return { sizeBytes: file.facts.sizeBytes };
  }
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

function objectHeaders(object: ObjectName): Record<string, string> {
  const headers: Record<string, string> = {
    "Content-Type": "application/octet-stream",
    "Accept-Ranges": "bytes",
    "Cache-Control": "private, no-transform",
  };
  if (object.type !== "config") headers["ETag"] = `"${object.id}"`;
  return headers;
}

async function* nothing(): AsyncIterable<Uint8Array> {}
