import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { sha256 } from "../support/http-request.ts";
import { openWire, requestHead, type WireClient } from "../support/wire-client.ts";
import { type LoadTarget, MIB, signIn } from "./load.ts";

/** Uploads packs on so many connections, each the next when the last is stored, until `totalBytes` have been sent. */
export async function uploadPacks(
  target: LoadTarget,
  { connections, packBytes, totalBytes }: { readonly connections: number; readonly packBytes: number; readonly totalBytes: number },
): Promise<void> {
  let next = 0;
  const most = Math.ceil(totalBytes / packBytes);
  const uploadInTurn = async () => {
    using client = await openWire(target.url);
    const pack = Buffer.alloc(packBytes);
    for (let index = next++; index < most; index = next++) {
      pack.writeUInt32LE(index + 1, 0);
      assert.equal(await postPack(client, target, pack), 200);
    }
  };
  await Promise.all(Array.from({ length: connections }, uploadInTurn));
}

/** Stores one pack and resolves to the status. */
export async function postPack(client: WireClient, target: LoadTarget, pack: Buffer): Promise<number> {
  await client.send(
    requestHead("POST", `${target.root}/${target.login}/data/${sha256(pack)}`, { ...signIn(target), "Content-Length": pack.length }),
  );
  await client.send(pack);
  return await client.reply();
}

/**
 * Uploads one pack of `sizeBytes`, which need not fit into anybody's memory, while somebody reads another pack of 64 MiB by 1 MiB a
 * second, and hangs up when the upload has ended.
 */
export async function uploadBesideSlowReader(target: LoadTarget, { sizeBytes }: { readonly sizeBytes: number }): Promise<void> {
  using uploader = await openWire(target.url);
  const read = Buffer.alloc(64 * MIB, 1);
  assert.equal(await postPack(uploader, target, read), 200);
  using reader = await openWire(target.url);
  await reader.send(requestHead("GET", `/${target.login}/data/${sha256(read)}`, signIn(target)));
  const ended = new AbortController();
  const reading = readSlowly(reader, ended.signal);

  const piece = Buffer.alloc(4 * MIB);
  const pieces = Math.ceil(sizeBytes / piece.length);
  const hash = createHash("sha256");
  for (let index = 0; index < pieces; index += 1) hash.update(piece);
  const length = { "Content-Length": pieces * piece.length };
  await uploader.send(requestHead("POST", `/${target.login}/data/${hash.digest("hex")}`, { ...signIn(target), ...length }));
  for (let index = 0; index < pieces; index += 1) assert.ok(await uploader.send(piece), `cut after ${index * piece.length} bytes`);
  assert.equal(await uploader.reply(), 200);
  ended.abort();
  assert.ok((await reading) > 0, "the slow reader got nothing");
}

async function readSlowly({ socket }: WireClient, signal: AbortSignal): Promise<number> {
  let bytes = 0;
  while (!signal.aborted && !socket.destroyed) {
    const piece = (socket.read(64 * 1024) ?? socket.read()) as Buffer | null;
    bytes += piece?.length ?? 0;
    await sleep(64, undefined, { signal }).catch(() => undefined);
  }
  return bytes;
}
