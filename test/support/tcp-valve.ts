import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/**
 * What a valve does: `open` passes everything on, `closed` cuts every connection, old and new, and `stuck` takes them and lets no byte
 * through, as a server does that has stopped without a word.
 */
export type Flow = "open" | "closed" | "stuck";

/** Stands before a server and can be shut. Leaving its scope ends it. */
export interface TcpValve extends AsyncDisposable {
  readonly port: number;
  set(flow: Flow): void;
}

/** Opens one, on a free port of 127.0.0.1, before a server on this machine. */
export async function openValve(targetPort: number): Promise<TcpValve> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let flow: Flow = "open";
  const server = createServer((client) => {
    if (flow === "closed") return client.destroy();
    const upstream = connect({ port: targetPort, host: "127.0.0.1" });
    const pair = [client, upstream] as const;
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    for (const [from, to] of [pair, [upstream, client] as const]) {
      from.on("data", (bytes) => to.write(bytes));
      from.on("error", end).on("close", end);
    }
    if (flow === "stuck") for (const socket of pair) socket.pause();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The valve has no port");
  return {
    port: address.port,
    set(next) {
      flow = next;
      for (const pair of pairs) {
        for (const socket of pair) {
          if (next === "closed") socket.destroy();
          else if (next === "stuck") socket.pause();
          else socket.resume();
        }
      }
    },
    async [Symbol.asyncDispose]() {
      for (const pair of pairs) for (const socket of pair) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
