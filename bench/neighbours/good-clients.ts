import { type LoadTarget, MIB, signIn } from "../../test/memory/load.ts";
import { postPack } from "../../test/memory/uploads.ts";
import { openWire, requestHead, type WireClient } from "../../test/support/wire-client.ts";
import { runLoad } from "../http-load.ts";

/** What well-behaved clients got done: so much of it a second. */
export interface Done {
  readonly perSecond: number;
  readonly p99Ms: number | undefined;
}

/** What they work on. */
export interface GoodTarget extends LoadTarget {
  /** Paths of one object of 4 KiB and one pack of 16 MiB. */
  readonly smallPack: string;
  readonly bigPack: string;
}

/** Each does its work for `ms`, and throws when an answer is not as it should be. Bytes are counted in MiB. */
export const WORK = {
  "GET of 4 KiB (1/s)": async (target, ms) => {
    const { hostname, port, host } = new URL(target.url);
    const request = `GET ${target.smallPack} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${signIn(target).Authorization}\r\n\r\n`;
    const load = { host: hostname, port: Number(port), requests: [Buffer.from(request)], connections: 8, ms };
    const { perSecond, p99Ms } = await runLoad({ ...load, expect: { status: 200, bodyBytes: 4096 } });
    return { perSecond, p99Ms };
  },
  "uploads of 16 MiB (MiB/s)": async (target, ms) =>
    await repeat(target, ms, async (client, turn) => {
      const pack = Buffer.alloc(16 * MIB);
      pack.writeDoubleLE(Date.now(), 0);
      pack.writeDoubleLE(turn + Math.random(), 8);
      requireStatus(await postPack(client, target, pack));
    }),
  "downloads of 16 MiB (MiB/s)": async (target, ms) =>
    await repeat(target, ms, async (client) => {
      await client.send(requestHead("GET", target.bigPack, signIn(target)));
      requireStatus(await client.reply());
    }),
  // One after another, each on a connection of its own: what a client that has been away meets.
  "connect and GET (1/s)": async (target, ms) => {
    const startedAtMs = performance.now();
    let count = 0;
    for (; performance.now() - startedAtMs < ms; count += 1) {
      using client = await openWire(target.url);
      await client.send(requestHead("GET", target.smallPack, { ...signIn(target), Connection: "close" }));
      requireStatus(await client.reply());
    }
    return { perSecond: (count * 1000) / (performance.now() - startedAtMs), p99Ms: undefined };
  },
} satisfies Readonly<Record<string, (target: GoodTarget, ms: number) => Promise<Done>>>;

export type WorkKind = keyof typeof WORK;

/** On three connections, each the next when the last is done; what is under way at the end still counts, with its time. */
async function repeat(target: GoodTarget, ms: number, act: (client: WireClient, turn: number) => Promise<void>): Promise<Done> {
  const startedAtMs = performance.now();
  let count = 0;
  const one = async () => {
    using client = await openWire(target.url);
    for (; performance.now() - startedAtMs < ms; count += 1) await act(client, count);
  };
  await Promise.all([one(), one(), one()]);
  return { perSecond: (count * 16 * 1000) / (performance.now() - startedAtMs), p99Ms: undefined };
}

function requireStatus(status: number): void {
  if (status !== 200) throw new Error(`A well-behaved client was answered with ${status}`);
}
