import assert from "node:assert/strict";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sha256 } from "../support/http-request.ts";
import { loopbackAddress, openWire, requestHead } from "../support/wire-client.ts";
import { type LoadTarget, signIn } from "./load.ts";

const LISTING = { Accept: "application/vnd.x.restic.rest.v2", Connection: "close" };
const READ_BYTES = 64 * 1024;

/** Puts so many empty packs into the account's repository, behind the hub's back. */
export function putEmptyPacks({ tree, login }: LoadTarget, { count }: { readonly count: number }): void {
  const data = join(tree, login, "data");
  for (let index = 0; index < 256; index += 1) mkdirSync(join(data, index.toString(16).padStart(2, "0")), { recursive: true });
  for (let index = 0; index < count; index += 1) {
    const id = sha256(Buffer.from(`empty pack ${index}`));
    closeSync(openSync(join(data, id.slice(0, 2), id), "w"));
  }
}

/** Lists all packs for so many readers at once, who take 64 KiB every `pauseMs`. Fails unless each gets a whole listing of `count` objects. */
export async function listSlowly(
  target: LoadTarget,
  { readers, pauseMs, count }: { readonly readers: number; readonly pauseMs: number; readonly count: number },
): Promise<void> {
  const counts = await Promise.all(Array.from({ length: readers }, (_, index) => readListing(target, { index, pauseMs })));
  assert.deepEqual(counts, Array(readers).fill(count));
}

/** Resolves to the number of objects in it. */
async function readListing(target: LoadTarget, { index, pauseMs }: { readonly index: number; readonly pauseMs: number }): Promise<number> {
  using client = await openWire(target.url, { from: loopbackAddress(index, 50) });
  const { socket } = client;
  await client.send(requestHead("GET", `/${target.login}/data/`, { ...signIn(target), ...LISTING }));
  let objects = 0;
  let head = "";
  let end = "";
  while (!socket.readableEnded) {
    assert.ok(!socket.destroyed, `the listing broke after ${objects} objects`);
    const piece = (socket.read(READ_BYTES) ?? socket.read()) as Buffer | null;
    if (piece !== null) {
      if (head === "") head = piece.toString("latin1", 0, 400);
      end = (end + piece.toString("latin1", Math.max(0, piece.length - 16))).slice(-16);
      for (let at = piece.indexOf(OPENS); at >= 0; at = piece.indexOf(OPENS, at + 1)) objects += 1;
    }
    await sleep(piece === null ? 5 : pauseMs);
  }
  assert.match(head, /^HTTP\/1\.1 200 /);
  assert.match(end, /\}\](\r\n0\r\n\r\n)?$/); // whole: the array's end, and that of the chunks
  return objects;
}

/** What each object of a listing begins with, and nothing else in it. */
const OPENS = "{".charCodeAt(0);
