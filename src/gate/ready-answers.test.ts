import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import type { Door } from "#http/exchange.ts";
import { selfSigned, withoutOpenssl } from "../../test/support/self-signed.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { dial, openTestGate, readToEnd, talk } from "./open-test-gate.ts";

const HOST = "Host: localhost\r\n";
const GET = `GET /ready HTTP/1.1\r\n${HOST}\r\n`;
const CONNECT = "CONNECT other.example:80 HTTP/1.1\r\nHost: other.example:80\r\n\r\n";

/** Answers before it returns. */
const readyDoor: Door = (exchange) => {
  exchange.replyNow(200, ["Content-Type", "text/plain"], Buffer.from("ready"));
  return undefined;
};

test("an answer that is ready reaches a client that closes its side in the same moment", { skip: withoutOpenssl() }, async () => {
  await using folder = await tempFolder();
  const { cert, key } = await selfSigned(folder.path);
  await using hub = await openTestGate(readyDoor, { tls: { certPath: cert, keyPath: key, minVersion: "TLSv1.2" } });
  for (let tries = 0; tries < 10; tries += 1) {
    // Over TLS the end comes in one piece with the request.
    const options = { port: hub.port, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: ["http/1.1"], allowHalfOpen: true };
    const socket = connectTls(options);
    await once(socket, "secureConnect");
    socket.cork();
    socket.write(GET);
    socket.end();
    socket.uncork();
    assert.match((await readToEnd(socket)).text, /^HTTP\/1\.1 200 [\s\S]*\r\n\r\nready$/);
  }
});

test("a client that has closed its side gets every answer it asked for, also those that take their time", async () => {
  const piece = Buffer.alloc(256 * 1024, "x");
  async function* pieces() {
    for (let count = 0; count < 12; count += 1) {
      await sleep(30);
      yield piece;
    }
  }
  await using hub = await openTestGate(async (exchange) => await exchange.replyStream(200, pieces(), { lengthBytes: 12 * piece.length }), {
    limits: { drainTimeoutMs: 200 },
  });
  const get = `GET / HTTP/1.1\r\n${HOST}\r\n`;
  const { text } = await talk(hub.port, get + get, { halfClose: true });
  assert.equal(text.match(/HTTP\/1\.1 200 /g)?.length, 2);
  assert.ok(text.length > 24 * piece.length, `${text.length} bytes`);
});

test("work for a client that has closed its side ends when it has nothing to send", async () => {
  await using hub = await openTestGate(async (exchange) => void (await once(exchange.signal, "abort")), {
    limits: { drainTimeoutMs: 100 },
  });
  assert.equal((await talk(hub.port, GET, { halfClose: true })).text, "");
  const [line] = await hub.waitForLog("request", 1);
  assert.deepEqual([line?.["status"], line?.["cut"]], [0, "by the client"]);
});

test("what is no HTTP behind a request that was answered at once ends the connection with that answer", async () => {
  await using hub = await openTestGate(readyDoor, { limits: { keepAliveTimeoutMs: 60_000, drainTimeoutMs: 100 } });
  const { text } = await talk(hub.port, `${GET}\u0000\u0001\r\n\r\n`);
  assert.match(text, /^HTTP\/1\.1 200 [\s\S]*\r\n\r\nready$/);
});

test("the refusal of a CONNECT never comes in place of the answer to what was asked before it", async () => {
  const go = Promise.withResolvers<void>();
  await using hub = await openTestGate(async (exchange) => {
    if (exchange.target.segments[0] === "ready") return await exchange.reply(200, "ready");
    await go.promise;
    await exchange.reply(200, "late");
  });
  assert.match((await talk(hub.port, GET + CONNECT)).text, /^HTTP\/1\.1 200 [\s\S]*\r\n\r\nready$/);
  using socket = await dial(hub.port);
  socket.write(`GET /late HTTP/1.1\r\n${HOST}\r\n${CONNECT}`);
  const rest = readToEnd(socket);
  await Promise.race([rest, sleep(200)]);
  go.resolve();
  assert.doesNotMatch((await rest).text, / 405 /);
  assert.match((await talk(hub.port, CONNECT)).text, /^HTTP\/1\.1 405 /);
});
