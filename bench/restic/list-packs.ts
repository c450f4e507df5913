import { Agent, type IncomingMessage, request } from "node:http";
import { gunzipSync } from "node:zlib";
import type { Target } from "./load-jobs.ts";
import { PACK_BYTES } from "./objects.ts";

/** One listing as the client saw it. */
export interface Listing {
  readonly firstByteMs: number;
  readonly wholeMs: number;
  /** As they came over the wire. */
  readonly bytes: number;
}

/** What a listing has to hold: so many packs of `PACK_BYTES`, and so many others. */
export interface ExpectedListing {
  readonly entries: number;
  readonly others: number;
}

/** Lists the packs of a repository. Throws when they are not the expected ones; that is looked at after the clock has stopped. */
export async function listPacks(
  target: Target,
  { gzip, expected }: { readonly gzip: boolean; readonly expected: ExpectedListing },
): Promise<Listing> {
  const { host, port, authorization, repository } = target;
  const headers = {
    Authorization: authorization,
    Accept: "application/vnd.x.restic.rest.v2",
    "Accept-Encoding": gzip ? "gzip" : "identity",
  };
  const startedAtMs = performance.now();
  const outgoing = request({ host, port, path: `${repository}data/`, headers, agent: new Agent({ keepAlive: false }), timeout: 120_000 });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  outgoing.once("response", resolve).once("error", reject);
  outgoing.once("timeout", () => outgoing.destroy(new Error("The listing did not move for 120 s")));
  outgoing.end();
  const incoming = await promise;
  const pieces: Buffer[] = [];
  let firstByteMs = Number.NaN;
  for await (const piece of incoming as AsyncIterable<Buffer>) {
    if (pieces.length === 0) firstByteMs = performance.now() - startedAtMs;
    pieces.push(piece);
  }
  const wholeMs = performance.now() - startedAtMs;
  if (incoming.statusCode !== 200) throw new Error(`A listing was answered with ${incoming.statusCode}`);
  const body = Buffer.concat(pieces);
  checkListing(incoming.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body, expected);
  return { firstByteMs, wholeMs, bytes: body.length };
}

/** Throws unless `body` lists the expected packs, all different and each with its size. */
export function checkListing(body: Buffer, { entries, others }: ExpectedListing): void {
  const listed: unknown = JSON.parse(body.toString("latin1"));
  if (!Array.isArray(listed)) throw new Error("A listing that is not a list");
  const packs = listed as readonly { readonly name?: unknown; readonly size?: unknown }[]; // looked at in the next line
  const names = new Set(packs.map(({ name }) => name));
  const right = packs.filter(({ size }) => size === PACK_BYTES).length;
  if (right !== entries || names.size !== entries + others || listed.length !== entries + others)
    throw new Error(`A listing of ${right} packs of the right size and ${listed.length - right} others, not of ${entries} and ${others}`);
}
