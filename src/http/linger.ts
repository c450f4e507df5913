import type { Socket } from "node:net";

/** How much of what still comes is thrown away, and for how long. */
export interface LingerBounds {
  readonly drainBytes: number;
  readonly drainTimeoutMs: number;
}

const lingering = new WeakSet<Socket>();

/**
 * Makes the socket, when Node wants to close it after the last reply, only stop sending and wait: until the client closes, at most
 * `timeoutMs`. To close a connection with unread bytes resets it, and a reset throws away a reply that the client has not read yet
 * (RFC 9112 section 9.6).
 */
export function lingerAfterReply(socket: Socket, timeoutMs: number): void {
  if (lingering.has(socket)) return;
  lingering.add(socket);
  socket.destroySoon = () => {
    if (socket.writable) socket.end();
    const timer = setTimeout(() => socket.destroy(), timeoutMs);
    socket.once("close", () => clearTimeout(timer));
  };
}

/** Sends `last` on a socket that no request is read from any more, then lingers as above, throwing away what comes. */
export function sendAndLinger(socket: Socket, last: string, { drainBytes, drainTimeoutMs }: LingerBounds): void {
  lingering.add(socket);
  const timer = setTimeout(() => socket.destroy(), drainTimeoutMs);
  socket.once("close", () => clearTimeout(timer));
  socket.once("end", () => socket.destroy());
  socket.on("error", ignore); // "close" follows

  let bytes = 0;
  socket.removeAllListeners("data"); // the parser has failed on this connection and would fail on every piece again
  socket.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes >= drainBytes) socket.pause();
  });
  socket.end(last);
  socket.resume();
}

/** Whether the socket is only waiting to be closed: what happens on it is of no interest any more. */
export function isLingering(socket: Socket): boolean {
  return lingering.has(socket);
}

function ignore(): void {}
