import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { loopbackAddress, openWire, requestHead } from "../support/wire-client.ts";
import { firstPack, type LoadTarget, signIn } from "./load.ts";

const PER_ADDRESS = 50;
const HANDSHAKES_AT_ONCE = 16;

/**
 * Opens so many connections, asks something on every other one, and leaves all of them idle until it is disposed. With TLS where the
 * hub has it, and HTTP/2 on two of three of those.
 */
export async function holdIdleConnections(target: LoadTarget, { count }: { readonly count: number }): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  let next = 0;
  const openInTurn = async () => {
    for (let index = next++; index < count; index = next++) {
      const from = loopbackAddress(index, PER_ADDRESS);
      if (target.secureUrl !== undefined && index % 3 !== 0) stack.use(await openSession(target, target.secureUrl, from, index % 2 === 0));
      else stack.use(await openConnection(target, from, index % 2 === 0));
    }
  };
  await Promise.all(Array.from({ length: HANDSHAKES_AT_ONCE }, openInTurn));
  const owned = stack.move();
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function openConnection(target: LoadTarget, from: string, asks: boolean): Promise<Disposable> {
  const client = await openWire(target.secureUrl ?? target.url, { from });
  if (asks) {
    await client.send(requestHead("HEAD", firstPack(target), { ...signIn(target), Connection: "keep-alive" }));
    // A HEAD says how long the body would be: only the head comes.
    await once(client.socket, "readable");
  }
  return client;
}

async function openSession(target: LoadTarget, url: string, from: string, asks: boolean): Promise<Disposable> {
  const { hostname, port } = new URL(url);
  const raw = connect({ host: hostname, port: Number(port), localAddress: from });
  await once(raw, "connect");
  const secure = connectTls({ socket: raw, rejectUnauthorized: false, ALPNProtocols: ["h2"] });
  await once(secure, "secureConnect");
  const session = connectHttp2(url, { createConnection: () => secure });
  session.on("error", () => undefined);
  if (!session.connecting || (await once(session, "connect"))) {
    if (asks) {
      const stream = session.request({ ":method": "HEAD", ":path": firstPack(target), authorization: signIn(target).Authorization });
      const [headers] = await once(stream, "response");
      assert.equal(headers[":status"], 200);
      stream.resume();
    }
  }
  return { [Symbol.dispose]: () => session.destroy() };
}
