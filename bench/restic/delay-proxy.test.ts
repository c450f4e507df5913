import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { test } from "node:test";
import { openDelayProxy } from "./delay-proxy.ts";

test("bytes come through the delay whole and in order, no sooner than it says, and so does the end", async () => {
  const echo = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => new Promise<void>((resolve) => echo.close(() => resolve())));
  await using proxy = await openDelayProxy((echo.address() as AddressInfo).port, 20); // it listens on a port
  const socket = connect({ host: "127.0.0.1", port: proxy.port, allowHalfOpen: true });
  stack.defer(() => void socket.destroy());
  const sent = Buffer.alloc(1_000_000, "0123456789");
  const startedAtMs = performance.now();
  socket.end(sent);
  const received: Buffer[] = [];
  socket.on("data", (piece: Buffer) => received.push(piece));
  await once(socket, "end");
  assert.ok(Buffer.concat(received).equals(sent));
  assert.ok(performance.now() - startedAtMs >= 38); // timers may be a millisecond early each
});
