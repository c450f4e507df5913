import { readFileSync } from "node:fs";
import { connect } from "node:net";

// Run as a program, in a process or a network of its own that is then stopped or cut off: opens the connections that its input lists,
// sends each its first bytes and then as much as it says, reads nothing, and says "sent" when all have been taken.
const { host, port, connections } = JSON.parse(readFileSync(0, "utf8")) as {
  readonly host: string;
  readonly port: number;
  readonly connections: readonly { readonly head: string; readonly bodyBytes: number }[];
}; // from vanished.slow.test.ts

setInterval(() => undefined, 60_000); // connections that are not read from do not keep a process alive
let waiting = connections.length;
for (const { head, bodyBytes } of connections) {
  const socket = connect({ host, port });
  socket.pause();
  socket.on("error", () => undefined);
  socket.write(head);
  socket.write(Buffer.alloc(bodyBytes), () => {
    waiting -= 1;
    if (waiting === 0) process.stdout.write("sent\n");
  });
}
