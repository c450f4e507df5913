import { connect, createServer, type Socket } from "node:net";

/** A way to a server on which every byte takes longer, as over a long line. */
export interface DelayProxy extends AsyncDisposable {
  readonly port: number;
}

// What may be on its way in one direction before the sender has to wait; 20 ms at 25 Gbit/s.
const IN_FLIGHT_BYTES = 64 * 1024 * 1024;

/** Opens a port whose connections lead to `target`, each direction `oneWayMs` late and with no other limit to its rate. */
export async function openDelayProxy(target: number, oneWayMs: number): Promise<DelayProxy> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const far = connect({ host: "127.0.0.1", port: target, noDelay: true, allowHalfOpen: true });
    for (const socket of [client, far]) {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    }
    client.on("error", () => far.destroy());
    far.on("error", () => client.destroy());
    delay(client, far, oneWayMs);
    delay(far, client, oneWayMs);
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject).listen(0, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Hands on what `from` receives, in order, each piece so much later; also its end. */
function delay(from: Socket, to: Socket, ms: number): void {
  let inFlight = 0;
  from.on("data", (piece: Buffer) => {
    inFlight += piece.length;
    if (inFlight > IN_FLIGHT_BYTES) from.pause();
    setTimeout(() => {
      if (to.destroyed) return;
      to.write(piece, () => {
        inFlight -= piece.length;
        if (inFlight <= IN_FLIGHT_BYTES) from.resume();
      });
    }, ms);
  });
  from.on("end", () => setTimeout(() => to.end(), ms));
}
