import { pipeline } from "node:stream";
import { promisify } from "node:util";
import { constants, createGzip, gzip } from "node:zlib";
import { listObjects } from "#domain/repositories/list-objects.ts";
import { acceptsEncoding, acceptsMediaType } from "#http/accept.ts";
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

  await using pieces = heldBack(listingPieces(version, listObjects(core, repository, resource.type, exchange.signal)), core.limits);
  const held = await pieces.hold();
  if (held.complete) {
    if (!zipped || held.bytes.length <= core.limits.listingGzipBytes) return await exchange.reply(200, held.bytes, { headers });
    const body = await promisify(gzip)(held.bytes, { level: constants.Z_BEST_SPEED });
    return await exchange.reply(200, body, { headers: { ...headers, "Content-Encoding": "gzip" } });
  }
  if (!zipped) return await exchange.replyStream(200, pieces.all(), { headers });
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
  /** Reads until the end, or until there is too much to hold or too long to wait. */
  hold(): Promise<{ readonly complete: true; readonly bytes: Uint8Array } | { readonly complete: false }>;
  /** What was held, then the rest. */
  all(): AsyncIterable<Uint8Array>;
}

/** Keeps the beginning of a listing back, so that an error in it is still a status and not a broken connection (spec section 1.3). */
function heldBack(
  source: AsyncGenerator<Uint8Array, void, undefined>,
  { listingHeldBytes, listingHeldMs }: { readonly listingHeldBytes: number; readonly listingHeldMs: number },
): HeldPieces {
  const held: Uint8Array[] = [];
  return {
    async hold() {
      const untilMs = performance.now() + listingHeldMs;
      let bytes = 0;
      for (;;) {
        const next = await source.next();
        if (next.done === true) return { complete: true, bytes: Buffer.concat(held) };
        held.push(next.value);
        bytes += next.value.length;
        if (bytes > listingHeldBytes || performance.now() > untilMs) return { complete: false };
      }
    },
    async *all() {
      yield* held.splice(0);
      yield* source;
    },
    async [Symbol.asyncDispose]() {
      await source.return();
    },
  };
}

function gzipped(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  // An error on either side destroys both, and reaches the reader as a thrown one.
  return pipeline(source, createGzip({ level: constants.Z_BEST_SPEED }), () => undefined);
}
