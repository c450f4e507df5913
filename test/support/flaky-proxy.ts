import { connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** What a flaky proxy does to the connections that go through it. */
export type Fault =
  | { readonly kind: "none" }
  /** Each piece of bytes arrives that much later, in both directions. */
  | { readonly kind: "delay"; readonly ms: number }
  /** Each connection is cut once so many bytes have gone through in that direction. */
  | { readonly kind: "cut"; readonly direction: "to-server" | "to-client"; readonly afterBytes: number }
  /**
   * The request with that method which comes as the `nth` (from 1) is passed on whole; when the server begins to answer, the
   * connection is cut instead: the acknowledgement is lost.
   */
  | { readonly kind: "lose-reply"; readonly method: string; readonly nth: number };

/** A proxy for clear-text HTTP/1.1 that can be told to fail. Leaving its scope ends it and every connection. */
export interface FlakyProxy extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** How many times the present fault has struck. */
  readonly struck: number;
  /** From now on, open connections too; counts from zero again. */
  setFault(fault: Fault): void;
}

/** Starts a proxy in front of `target`, an `http://host:port`, on a free port. */
export async function startFlakyProxy(target: string): Promise<FlakyProxy> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  const state = { fault: { kind: "none" } as Fault, seen: 0, struck: 0 };

  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    const cut = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.once("error", cut);
      socket.once("close", () => open.delete(socket));
    }
    const exchange = { answered: true, loses: false };
    const ends = [
      pass(client, upstream, (bytes, passed) => {
        noteRequest(state, exchange, bytes);
        return allowed(state, "to-server", passed, bytes.length);
      }),
      pass(upstream, client, (bytes, passed) => {
        exchange.answered = true;
        if (exchange.loses) return strike(state);
        return allowed(state, "to-client", passed, bytes.length);
      }),
    ];
    // A cut is what this is for: whichever side fails first takes the other with it.
    for (const end of ends) end.then(undefined, cut);

    async function pass(from: Socket, to: Socket, judge: (bytes: Buffer, passed: number) => number): Promise<void> {
      let passed = 0;
      for await (const bytes of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        const count = judge(bytes, passed);
        passed += bytes.length;
        if (state.fault.kind === "delay") await sleep(state.fault.ms);
        if (count > 0 && !to.write(bytes.subarray(0, count))) await drained(to);
        if (count < bytes.length) throw new Error("cut");
      }
      to.end();
    }
  });

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    get struck() {
      return state.struck;
    },
    setFault(fault) {
      Object.assign(state, { fault, seen: 0, struck: 0 });
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

interface ProxyState {
  fault: Fault;
  seen: number;
  struck: number;
}

interface Exchange {
  /** The server has said something since the last request began. */
  answered: boolean;
  /** The reply of the request under way is to be lost. */
  loses: boolean;
}

/** A piece that starts like a request, once the last one was answered, is one: the clients here send none before they have the reply. */
function noteRequest(state: ProxyState, exchange: Exchange, bytes: Buffer): void {
  const { fault } = state;
  const method = exchange.answered
    ? /^(?<method>[A-Z]+) \S+ HTTP\/1\.1\r\n/.exec(bytes.toString("latin1", 0, 8192))?.groups?.["method"]
    : undefined;
  if (method === undefined) return;
  exchange.answered = false;
  exchange.loses = false;
  if (fault.kind !== "lose-reply" || fault.method !== method) return;
  state.seen += 1;
  exchange.loses = state.seen === fault.nth;
}

/** How many of `count` bytes may still pass. */
function allowed(state: ProxyState, direction: "to-server" | "to-client", passed: number, count: number): number {
  const { fault } = state;
  if (fault.kind !== "cut" || fault.direction !== direction || passed + count <= fault.afterBytes) return count;
  state.struck += 1;
  return Math.max(0, fault.afterBytes - passed);
}

function strike(state: ProxyState): number {
  state.struck += 1;
  return 0;
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      socket.off("drain", settle);
      socket.off("close", settle);
      if (socket.destroyed) reject(new Error("closed"));
      else resolve();
    };
    socket.once("drain", settle);
    socket.once("close", settle);
  });
}
