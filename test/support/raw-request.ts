import { connect } from "node:net";

/**
 * Sends a request line and headers as they stand, byte for byte, over a connection of their own, and reads until the server closes
 * it. `status` is that of the first reply, 0 without one.
 */
export async function rawRequest(
  origin: string,
  requestLine: string,
  headers: readonly string[] = [],
  body: Uint8Array | string = "",
): Promise<{ readonly status: number; readonly text: string }> {
  const { hostname, port, host } = new URL(origin);
  const socket = connect(Number(port), hostname);
  socket.setTimeout(10_000, () => socket.destroy(new Error("no reply within 10 s")));
  const lines = [
    requestLine,
    ...(headers.some((line) => /^host:/i.test(line)) ? [] : [`Host: ${host}`]),
    ...headers,
    "Connection: close",
    "",
    "",
  ];
  socket.write(Buffer.from(lines.join("\r\n"), "latin1"));
  socket.write(body);
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of socket) chunks.push(chunk);
  } catch (error) {
    // A server that refuses may reset the connection after its reply.
    if (chunks.length === 0) throw error;
  }
  const text = Buffer.concat(chunks).toString("utf8");
  return { status: Number(/^HTTP\/1\.[01] (?<status>\d{3})/.exec(text)?.groups?.["status"] ?? 0), text };
}
