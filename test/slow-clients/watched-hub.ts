import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { setQuota } from "#domain/quotas/set-quota.ts";
import { OPERATOR } from "#model/actor.ts";
import { filePath } from "#storage/file-path.ts";
import { FIRST_PACK, firstPack, type LoadTarget, signIn } from "../memory/load.ts";
import { postPack } from "../memory/uploads.ts";
import { type DoorHub, startDoorHub } from "../support/door-hub.ts";
import { leftovers } from "../support/leftovers.ts";
import { openDescriptors } from "../support/process-tree.ts";
import { selfSigned } from "../support/self-signed.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { openWire, requestHead } from "../support/wire-client.ts";

const WHOLE_MS = 15_000;
const QUOTA_BYTES = 256 * 1024 * 1024;
// Where nobody else in these tests comes from.
const GOOD_ADDRESS = "127.0.0.9";

/** Short enough that a test can wait for each of them, and long enough that a busy machine does not make a good client look slow. */
export const WAITS = { headersTimeoutMs: 2000, progressTimeoutMs: 1500, keepAliveTimeoutMs: 2000, drainTimeoutMs: 200 } as const;

/** For tests that wait for none of them. */
export const LONG_WAITS = { "limits.headersTimeoutMs": "30000", "limits.progressTimeoutMs": "30000" } as const;

/** A hub in this process, with short waits and a hard quota, that can be asked whether its clients have left anything. */
export interface WatchedHub extends AsyncDisposable {
  readonly door: DoorHub;
  readonly target: LoadTarget;
  /** Fails unless a well-behaved client from another address is answered. */
  requireGoodAnswer(): Promise<void>;
  /**
   * Waits until nothing is left of what clients have begun: descriptors, temporary files, announced bytes; then requires that a good
   * client is answered, and that every byte of the quota is there to be reserved.
   */
  requireWhole(): Promise<void>;
}

/** Starts it. `secure` gives its listener TLS and HTTP/2, and takes openssl. */
export async function startWatchedHub({
  flags = {},
  secure = false,
}: {
  readonly flags?: Readonly<Record<string, string>>;
  readonly secure?: boolean;
} = {}): Promise<WatchedHub> {
  await using stack = new AsyncDisposableStack();
  const waits = Object.fromEntries(Object.entries(WAITS).map(([name, ms]) => [`limits.${name}`, `${ms}`]));
  const door = stack.use(await startDoorHub({ flags: { ...waits, ...(secure ? await tlsFlags(stack) : {}), ...flags } }));
  await setQuota(door.hub.core, OPERATOR, { scope: { kind: "account", name: "laptop" }, hardBytes: QUOTA_BYTES });
  const { login, secret } = door.credentials;
  const target = { url: door.url, secureUrl: secure ? door.url : undefined, root: "", login, password: secret, tree: door.tree };
  using client = await openWire(door.url, { from: GOOD_ADDRESS });
  assert.equal(await postPack(client, target, FIRST_PACK), 200);
  client.socket.destroy();
  await client.closed;
  await sleep(100); // the hub's end of it
  const before = openDescriptors([process.pid]);

  const owned = stack.move();
  return {
    door,
    target,
    requireGoodAnswer: () => requireGoodAnswer(target),
    requireWhole: async () => {
      let left = whatIsLeft(door, before);
      for (const startedAtMs = performance.now(); left.length > 0 && performance.now() - startedAtMs < WHOLE_MS; await sleep(25)) {
        left = whatIsLeft(door, before);
      }
      assert.deepEqual(left, []);
      await requireGoodAnswer(target);
      await requireQuotaFree(target);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function tlsFlags(stack: AsyncDisposableStack): Promise<Record<string, string>> {
  const { cert, key } = await selfSigned(stack.use(await tempFolder()).path);
  return { "tls.restic.enabled": "true", "tls.restic.cert": cert, "tls.restic.key": key };
}

function whatIsLeft(door: DoorHub, before: readonly string[]): string[] {
  const { core } = door.hub;
  const descriptors = count(openDescriptors([process.pid]));
  const wereOpen = count(before);
  const more = [...descriptors].filter(([name, now]) => now > (wereOpen.get(name) ?? 0)).map(([name, now]) => `${name} x ${now}`);
  const pendingBytes = core.uploads.pending.of(core.storage.homeOf(filePath("restic")));
  return [...more, ...leftovers(door), ...(pendingBytes > 0 ? [`${pendingBytes} bytes announced`] : [])];
}

function count(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

async function requireGoodAnswer(target: LoadTarget): Promise<void> {
  using client = await openWire(target.url, { from: GOOD_ADDRESS });
  await client.send(requestHead("GET", firstPack(target), { ...signIn(target), Connection: "close" }));
  assert.equal(await client.reply(), 200);
  assert.ok(client.receivedBytes > FIRST_PACK.length);
}

/** A body that is announced with all that is left of the quota is asked for (100), one byte more is refused. */
async function requireQuotaFree(target: LoadTarget): Promise<void> {
  const listed = await storedBytes(target);
  const left = QUOTA_BYTES - listed;
  for (const [bytes, answer] of [
    [left, "100"],
    [left + 1, "507"],
  ] as const) {
    using client = await openWire(target.url, { from: GOOD_ADDRESS });
    const fields = { ...signIn(target), "Content-Length": bytes, Expect: "100-continue" };
    await client.send(requestHead("POST", `/${target.login}/data/${"0".repeat(64)}`, fields));
    const head = await firstLine(client.socket);
    assert.equal(head.slice(9, 12), answer, `${bytes} bytes, of ${listed} stored`);
  }
}

async function storedBytes(target: LoadTarget): Promise<number> {
  const headers = { ...signIn(target), Accept: "application/vnd.x.restic.rest.v2" };
  let bytes = 0;
  for (const type of ["data", "keys", "locks", "snapshots", "index"]) {
    using client = await openWire(target.url, { from: GOOD_ADDRESS });
    await client.send(requestHead("GET", `/${target.login}/${type}/`, { ...headers, Connection: "close" }));
    const body = await textOf(client.socket);
    const objects = JSON.parse(body.slice(body.indexOf("\r\n\r\n") + 4)) as { readonly size: number }[]; // the hub's own listing
    if (type !== "locks") bytes += objects.reduce((sum, { size }) => sum + size, 0); // locks count against no quota
  }
  using client = await openWire(target.url, { from: GOOD_ADDRESS });
  await client.send(requestHead("GET", `/${target.login}/config`, { ...signIn(target), Connection: "close" }));
  const config = await textOf(client.socket);
  return bytes + (config.startsWith("HTTP/1.1 200 ") ? config.length - config.indexOf("\r\n\r\n") - 4 : 0);
}

async function textOf(socket: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer); // no encoding is set on it
  return Buffer.concat(chunks).toString("latin1");
}

async function firstLine(socket: NodeJS.ReadableStream): Promise<string> {
  for await (const chunk of socket) return String(chunk);
  return "";
}
