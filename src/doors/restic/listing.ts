import { pipeline } from "node:stream";
import { constants, createGzip } from "node:zlib";
import { listObjects } from "#domain/repositories/list-objects.ts";
import { acceptsEncoding, acceptsMediaType } from "#http/accept.ts";
import type { ByteBudget } from "#lib/byte-budget.ts";
import type { Call } from "./call.ts";
import { replyMethodNotAllowed } from "./errors.ts";
import { LISTING_V1, LISTING_V2, listingEntry, type ResticResource } from "./wire.ts";

const PIECE_CHARACTERS = 64 * 1024;

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
  await using pieces = heldBack(listingPieces(version, objects), core.listings, core.limits.listingHeldMs);
  const lengthBytes = await pieces.hold();
  if (!zipped || exchange.method === "HEAD" || (lengthBytes !== undefined && lengthBytes <= core.limits.listingGzipBytes)) {
    return await exchange.replyStream(200, pieces.all(), { headers, ...(lengthBytes === undefined ? {} : { lengthBytes }) });
  }
  await exchange.replyStream(200, gzipped(pieces.all()), { headers: { ...headers, "Content-Encoding": "gzip" } });
}

/** The JSON array in pieces of some size, so that neither a string nor a write grows with the number of objects. */
async function* listingPieces(
  version: 1 | 2,
  objects: AsyncIterable<{ readonly id: string; readonly sizeBytes: number }>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let piece = "[";
  let first = true;
  for await (const object of objects) {
    piece += first ? listingEntry(version, object) : `,${listingEntry(version, object)}`;
    first = false;
    if (piece.length >= PIECE_CHARACTERS) {
      yield Buffer.from(piece, "latin1");
      piece = "";
    }
  }
  yield Buffer.from(`${piece}]`, "latin1");
}

interface HeldPieces extends AsyncDisposable {
  /** Reads until the end, or until there is no more room to hold, or it has taken too long. Resolves to the length of the whole, if it is there. */
  hold(): Promise<number | undefined>;
  /** What was held, then the rest. Each piece is let go as it is sent. */
  all(): AsyncIterable<Uint8Array>;
}

/**
 * Keeps the beginning of a listing back, so that an error in it is still a status and not a broken connection (spec section 1.3). All
 * listings of this process share `budget`, or many slow readers would hold as many listings: without room one is simply streamed.
 */
function heldBack(source: AsyncGenerator<Uint8Array, void, undefined>, budget: ByteBudget, mostMs: number): HeldPieces {
  const held: Uint8Array[] = [];
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
        if (next.done === true) return held.reduce((bytes, piece) => bytes + piece.length, 0);
        held.push(next.value);
        if (!budget.take(next.value.length) || performance.now() > untilMs) return undefined;
        takenBytes += next.value.length;
      }
    },
    async *all() {
      for (let piece = held.shift(); piece !== undefined; piece = held.shift()) {
        yield piece;
        letGo(Math.min(piece.length, takenBytes));
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
  return pipeline(source, createGzip({ level: constants.Z_BEST_SPEED }), () => undefined);
}
