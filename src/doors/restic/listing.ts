import { pipeline } from "node:stream";
import { constants, createGzip } from "node:zlib";
import { listObjects } from "#domain/repositories/list-objects.ts";
import { bytesOfSlice, type ObjectSlice } from "#domain/repositories/object-slice.ts";
import { acceptsEncoding, acceptsMediaType } from "#http/accept.ts";
import type { ByteBudget } from "#lib/byte-budget.ts";
import type { Call } from "./call.ts";
import { replyMethodNotAllowed } from "./errors.ts";
import { listingBytes, listingJson } from "./listing-json.ts";
import { LISTING_V1, LISTING_V2, type ResticResource } from "./wire.ts";

// A window of a few entries finds what they share and nothing among their digits: half the time of the usual one, and a tenth smaller.
const GZIP = { level: constants.Z_BEST_SPEED, windowBits: 10, chunkSize: 64 * 1024 };

/** `{repository}/{type}/`: all objects of a type, as names (v1) or names and sizes (v2). */
export async function answerListing(call: Call<Extract<ResticResource, { kind: "listing" }>>): Promise<void> {
  const { core, exchange, repository, resource } = call;
  if (exchange.method !== "GET" && exchange.method !== "HEAD") return await replyMethodNotAllowed(exchange, "GET, HEAD");

  const version = acceptsMediaType(exchange.headers.accept, LISTING_V2) ? 2 : 1;
  const headers: Record<string, string> = {
    "Content-Type": version === 2 ? LISTING_V2 : LISTING_V1, // byte for byte: a charset makes every restic take it for v1
    "Cache-Control": "no-store",
    Vary: "Accept, Accept-Encoding",
  };
  const zipped = acceptsEncoding(exchange.headers["accept-encoding"], "gzip");

  const objects = listObjects(core, repository, resource.type, exchange.signal);
  await using held = heldBack(objects, core.listings, core.limits.listingHeldMs);
  const all = await held.hold();
  const lengthBytes = all && listingBytes(version, all);
  const body = listingJson(version, held.all());
  if (!zipped || exchange.method === "HEAD" || (lengthBytes !== undefined && lengthBytes <= core.limits.listingGzipBytes)) {
    return await exchange.replyStream(200, body, { headers, ...(lengthBytes === undefined ? {} : { lengthBytes }) });
  }
  await exchange.replyStream(200, gzipped(body), { headers: { ...headers, "Content-Encoding": "gzip" } });
}

interface HeldObjects extends AsyncDisposable {
  /** Reads until the end, or until there is no more room to hold, or it has taken too long. Resolves to all there is, if that is the end. */
  hold(): Promise<readonly ObjectSlice[] | undefined>;
  /** What was held, then the rest. Each slice is let go as it is sent. */
  all(): AsyncIterable<ObjectSlice>;
}

/**
 * Keeps the beginning of a listing back, so that an error in it is still a status and not a broken connection (spec section 1.3): its
 * objects, which take half of what their JSON would. All listings of this process share `budget`, or many slow readers would hold as many
 * listings: without room one is simply streamed.
 */
function heldBack(source: AsyncGenerator<ObjectSlice, void, undefined>, budget: ByteBudget, mostMs: number): HeldObjects {
  const held: ObjectSlice[] = [];
  let takenBytes = 0;
  const letGo = (bytes: number) => {
    takenBytes -= bytes;
    budget.giveBack(bytes);
  };
  return {
    async hold() {
      const untilMs = performance.now() + mostMs;
      for (;;) {
        const next = await source.next();
        if (next.done === true) return held;
        held.push(next.value);
        const bytes = bytesOfSlice(next.value);
        if (!budget.take(bytes)) return undefined;
        takenBytes += bytes;
        if (performance.now() > untilMs) return undefined;
      }
    },
    async *all() {
      for (let slice = held.shift(); slice !== undefined; slice = held.shift()) {
        yield slice;
        letGo(Math.min(bytesOfSlice(slice), takenBytes));
      }
      yield* source;
    },
    async [Symbol.asyncDispose]() {
      letGo(takenBytes);
      await source.return();
    },
  };
}

function gzipped(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  // An error on either side destroys both, and reaches the reader as a thrown one.
  return pipeline(source, createGzip(GZIP), () => undefined);
}
