import { setTimeout as sleep } from "node:timers/promises";
import { holdIdleConnections } from "../../test/memory/idle-connections.ts";
import { type LoadTarget, signIn } from "../../test/memory/load.ts";
import { FLAG, FRAME, frame, openFrames, requestFrame } from "../../test/slow-clients/http2-frames.ts";
import { basic, sha256 } from "../../test/support/http-request.ts";
import { loopbackAddress, openWire, requestHead, type WireClient } from "../../test/support/wire-client.ts";

/** What neighbours are given: the hub, and the packs and listing that slow readers ask for. */
export interface NeighbourTarget extends LoadTarget {
  /** Path of a pack of 16 MiB. */
  readonly bigPack: string;
}

/** Bothers the hub until `signal` aborts. Calls `ready` when it has begun in earnest. */
export type Neighbour = (target: NeighbourTarget, ready: () => void, signal: AbortSignal) => Promise<void>;

const PER_ADDRESS = 40;

/** Every kind of neighbour there is. None of them comes from the address of the well-behaved clients. */
export const NEIGHBOURS = {
  "200 senders of slow headers": crowd(200, async (client, target, signal) => {
    const head = requestHead("GET", target.bigPack, signIn(target));
    for (let at = 0; at < head.length && !signal.aborted; at += 1) {
      if (!(await client.send(head[at] ?? ""))) return;
      await nap(1000, signal);
    }
  }),
  "100 slow readers": crowd(100, async (client, target, signal) => {
    await client.send(requestHead("GET", target.bigPack, signIn(target)));
    await readSlowly(client, { bytes: 4096, everyMs: 1000 }, signal);
  }),
  "20 slow readers of a listing": crowd(20, async (client, target, signal) => {
    const fields = { ...signIn(target), Accept: "application/vnd.x.restic.rest.v2", Connection: "close" };
    await client.send(requestHead("GET", `/${target.login}/data/`, fields));
    await readSlowly(client, { bytes: 64 * 1024, everyMs: 500 }, signal);
  }),
  "200 reset uploads a second": paced(200, async (target, turn) => {
    using client = await openWire(target.url, { from: loopbackAddress(turn % 2000, PER_ADDRESS) });
    const fields = { ...signIn(target), "Content-Length": 1_000_000 };
    await client.send(requestHead("POST", `/${target.login}/data/${sha256(Buffer.from(`${turn}`))}`, fields));
    await client.send(Buffer.alloc(64 * 1024));
    client.socket.resetAndDestroy();
  }),
  "50 wrong passwords a second, all of strangers": paced(50, async (target, turn) => {
    using client = await openWire(target.url, { from: loopbackAddress(turn % 4000, 1) });
    const Authorization = basic({ login: `stranger${turn}`, secret: "wrong" });
    await client.send(requestHead("GET", target.bigPack, { Authorization, Connection: "close" }));
    await client.reply();
  }),
  "50 wrong passwords a second, for the account itself": paced(50, async (target, turn) => {
    using client = await openWire(target.url, { from: loopbackAddress(turn % 4000, 1) });
    const Authorization = basic({ login: target.login, secret: `wrong${turn}` });
    await client.send(requestHead("GET", target.bigPack, { Authorization, Connection: "close" }));
    await client.reply();
  }),
  "a flood of HTTP/2 resets": async (target, ready, signal) => {
    ready();
    for (let turn = 0; !signal.aborted; turn += 1) {
      using client = await openFrames(target.secureUrl ?? "", { from: loopbackAddress(turn % 4000, 1) });
      for (let stream = 1; stream < 20_000 && !signal.aborted; stream += 2) {
        const fields = { ":method": "GET", ":path": target.bigPack, authorization: signIn(target).Authorization };
        const request = requestFrame(stream, fields, FLAG.endHeaders + FLAG.endStream);
        if (!(await client.send(Buffer.concat([request, frame(FRAME.reset, 0, stream, Buffer.of(0, 0, 0, 8))])))) break;
      }
      await nap(100, signal);
    }
  },
  "1,000 idle connections": async (target, ready, signal) => {
    await using _ = await holdIdleConnections(target, { count: 1000 });
    ready();
    while (!signal.aborted) await nap(1000, signal);
  },
} satisfies Readonly<Record<string, Neighbour>>;

export type NeighbourKind = keyof typeof NEIGHBOURS;

/** So many clients at once, each of which begins anew when it has been cut. */
function crowd(count: number, behave: (client: WireClient, target: NeighbourTarget, signal: AbortSignal) => Promise<void>): Neighbour {
  return async (target, ready, signal) => {
    const one = async (index: number) => {
      while (!signal.aborted) {
        try {
          using client = await openWire(target.url, { from: loopbackAddress(index, PER_ADDRESS) });
          const stop = () => client.socket.destroy();
          signal.addEventListener("abort", stop);
          await behave(client, target, signal);
          signal.removeEventListener("abort", stop);
        } catch {
          // refused: again
        }
        await nap(50, signal);
      }
    };
    const all = Promise.all(Array.from({ length: count }, (_, index) => one(index)));
    await nap(3000, signal); // until the sockets of all are full
    ready();
    await all;
  };
}

/** So many clients a second, whatever becomes of those before; 500 at once at most. */
function paced(perSecond: number, act: (target: NeighbourTarget, turn: number) => Promise<void>): Neighbour {
  return async (target, ready, signal) => {
    const startedAtMs = performance.now();
    const underWay = new Set<Promise<void>>();
    ready();
    for (let turn = 0; !signal.aborted; ) {
      for (; turn < ((performance.now() - startedAtMs) / 1000) * perSecond; turn += 1) {
        if (underWay.size >= 500) continue;
        const acting: Promise<void> = act(target, turn)
          .catch(() => undefined)
          .then(() => void underWay.delete(acting));
        underWay.add(acting);
      }
      await nap(10, signal);
    }
  };
}

async function readSlowly(
  { socket }: WireClient,
  { bytes, everyMs }: { readonly bytes: number; readonly everyMs: number },
  signal: AbortSignal,
): Promise<void> {
  while (!socket.destroyed && !socket.readableEnded && !signal.aborted) {
    if (socket.read(bytes) === null && socket.readableLength === 0) socket.read();
    await nap(everyMs, signal);
  }
}

async function nap(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
