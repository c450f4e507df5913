import { connect, type Socket } from "node:net";

/** One kind of request that is sent over and over. */
export interface Load {
  readonly host: string;
  readonly port: number;
  /** Whole requests, head and all, sent in turn. */
  readonly requests: readonly Buffer[];
  readonly connections: number;
  readonly ms: number;
  /** The status that each of them must have, and the bytes of its body. */
  readonly expect: { readonly status: number; readonly bodyBytes: number };
}

/** Requests that were answered as expected, and how long each took. */
export interface LoadResult {
  readonly perSecond: number;
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Sends requests on so many connections, each the next when the last is answered, for `ms`. Throws when an answer is not the expected one. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const startedAtMs = performance.now();
  const untilMs = startedAtMs + load.ms;
  const times: number[] = [];
  await Promise.all(Array.from({ length: load.connections }, (_, index) => runConnection(load, index, untilMs, times)));
  const seconds = (performance.now() - startedAtMs) / 1000;
  times.sort((one, other) => one - other);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
  return { perSecond: times.length / seconds, count: times.length, p50Ms: at(0.5), p99Ms: at(0.99) };
}

async function runConnection({ host, port, requests, expect }: Load, first: number, untilMs: number, times: number[]): Promise<void> {
  const socket = connect({ host, port, noDelay: true });
  try {
    const replies = readReplies(socket, expect);
    for (let turn = first; performance.now() < untilMs; turn += 1) {
      const sentAtMs = performance.now();
      socket.write(requests[turn % requests.length] ?? Buffer.of());
      await replies.next();
      times.push(performance.now() - sentAtMs);
    }
  } finally {
    socket.destroy();
  }
}

/** Reads replies off a connection, whose heads and bodies may come in any pieces. */
async function* readReplies(socket: Socket, { status, bodyBytes }: Load["expect"]): AsyncGenerator<void, void, undefined> {
  let head = "";
  let missing = 0;
  for await (const piece of socket as AsyncIterable<Buffer>) {
    let bytes = piece;
    while (bytes.length > 0) {
      if (missing > 0) {
        const taken = Math.min(missing, bytes.length);
        missing -= taken;
        bytes = bytes.subarray(taken);
      } else {
        head += bytes.toString("latin1");
        const end = head.indexOf("\r\n\r\n");
        if (end < 0) break;
        const found = head.slice(9, 12);
        if (found !== String(status)) throw new Error(`A reply of ${found} where ${status} was expected:\n${head.slice(0, end)}`);
        const rest = head.length - end - 4;
        bytes = bytes.subarray(bytes.length - rest);
        head = "";
        missing = bodyBytes;
        if (missing > 0 && rest === 0) break;
        if (missing > 0) continue;
      }
      if (missing === 0) yield;
    }
  }
  throw new Error("The server has closed the connection");
}
