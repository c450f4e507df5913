import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { Duplex } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { connect as connectTls } from "node:tls";

const CLIENT = `
const { connect } = require("node:net");
const [port, times, text] = process.argv.slice(1);
for (let count = 0; count < Number(times); count += 1) {
  const socket = connect(Number(port), "127.0.0.1", () => {
    socket.write(text);
    socket.resetAndDestroy();
  });
}`;

/**
 * Connects so often, each time sends `text` and resets the connection at once. All of it is done when this returns, and nothing in this
 * process has run meanwhile: a server in it accepts connections that are broken already.
 */
export function resetBehind(port: number, text: string, times: number): void {
  const { status, stderr } = spawnSync(process.execPath, ["-e", CLIENT, "--", `${port}`, `${times}`, text], { timeout: 20_000 });
  if (status !== 0) throw new Error(`The client ended with ${status}: ${stderr}`);
}

/** Shakes hands over TLS and, after `beforeLast`, sends the last of it together with `text` and a reset. */
export async function resetBehindHandshake(
  port: number,
  text: string,
  { protocol = "http/1.1", beforeLast }: { readonly protocol?: string; readonly beforeLast?: () => void } = {},
): Promise<void> {
  const raw = connect(port, "127.0.0.1").on("error", () => undefined);
  await once(raw, "connect");
  let held: Buffer[] | undefined;
  const carrier = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, written) {
      if (held === undefined) raw.write(chunk);
      else held.push(chunk);
      written();
    },
  });
  const socket = connectTls({ socket: carrier, rejectUnauthorized: false, ALPNProtocols: [protocol] }).on("error", () => undefined);
  raw.once("data", (chunk) => {
    held = []; // this is all the server has to say, and the rest is ours
    carrier.push(chunk);
  });
  await once(socket, "secureConnect");
  socket.write(text);
  for (let count = 0; count < 5; count += 1) await turn();
  beforeLast?.();
  raw.write(Buffer.concat(held ?? []));
  raw.resetAndDestroy();
}
