import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, constants } from "node:http2";
import type { Socket } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { selfSigned, withoutOpenssl } from "../../test/support/self-signed.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { countingDoor, dial, openTestGate, readToEnd } from "./open-test-gate.ts";

const HOST = "Host: localhost\r\n";
const GET = `GET / HTTP/1.1\r\n${HOST}\r\n`;

async function nextReply(socket: Socket): Promise<string> {
  const [chunk] = (await once(socket, "data")) as [Buffer];
  return chunk.toString("latin1");
}

test("a listener that gives way answers the next request of an idle connection, as the last one", async () => {
  await using hub = await openTestGate(countingDoor);
  using kept = await dial(hub.port);
  kept.write(GET);
  assert.match(await nextReply(kept), /^HTTP\/1\.1 200 OK\r\n[\s\S]*Connection: keep-alive/);
  const retired = hub.gate.retire();
  await sleep(100);
  kept.write(GET);
  assert.match((await readToEnd(kept)).text, /^HTTP\/1\.1 200 OK\r\n[\s\S]*Connection: close/);
  await retired;
});

test("a listener that gives way answers what was sent ahead, and only the last answer says so", async () => {
  await using hub = await openTestGate(async (exchange) => {
    await sleep(50);
    await exchange.reply(200, exchange.target.segments.join("/"));
  });
  using ahead = await dial(hub.port);
  ahead.write(["a", "b", "c"].map((path) => `GET /${path} HTTP/1.1\r\n${HOST}\r\n`).join(""));
  await sleep(20);
  const retired = hub.gate.retire();
  const { text, reset } = await readToEnd(ahead);
  assert.deepEqual(text.match(/HTTP\/1\.1 \d+|Connection: [a-z-]+/g), [
    ...["HTTP/1.1 200", "Connection: keep-alive", "HTTP/1.1 200", "Connection: keep-alive", "HTTP/1.1 200", "Connection: close"],
  ]);
  assert.match(text, /\r\n\r\naHTTP[\s\S]*\r\n\r\nbHTTP[\s\S]*\r\n\r\nc$/);
  assert.equal(reset, false);
  await retired;
});

test("a listener that gives way lets an upload end, however long it takes", async () => {
  await using hub = await openTestGate(countingDoor, { limits: { shutdownMs: 100, drainTimeoutMs: 100 } });
  using upload = await dial(hub.port);
  upload.write(`POST / HTTP/1.1\r\n${HOST}Content-Length: 6\r\n\r\nabc`);
  await sleep(50);
  const retired = hub.gate.retire();
  assert.equal(await Promise.race([retired.then(() => true), sleep(500, false)]), false);
  upload.write("def");
  assert.match((await readToEnd(upload)).text, /^HTTP\/1\.1 200 OK\r\n[\s\S]*Connection: close[\s\S]*\r\n\r\n6$/);
  await retired;
});

test("a listener that gives way waits for no connection longer than it would have kept it anyway", async () => {
  await using hub = await openTestGate(countingDoor, { limits: { keepAliveTimeoutMs: 300, headersTimeoutMs: 500 } });
  using kept = await dial(hub.port);
  kept.write(GET);
  await nextReply(kept);
  using silent = await dial(hub.port);
  await sleep(20);
  await Promise.all([hub.gate.retire(), readToEnd(kept), readToEnd(silent)]);
});

test("an HTTP/2 session is told to go when its requests have been taken, and none of them is lost", {
  skip: withoutOpenssl(),
}, async () => {
  await using folder = await tempFolder();
  const { cert, key } = await selfSigned(folder.path);
  const tls = { certPath: cert, keyPath: key, minVersion: "TLSv1.2" } as const;
  await using hub = await openTestGate(countingDoor, { tls });
  const open = async () => {
    const session = connect(hub.url, { rejectUnauthorized: false });
    await once(session, "connect");
    const goaway = once(session, "goaway");
    const post = () => {
      const stream = session.request({ ":method": "POST", ":path": "/" });
      return { stream, answer: Promise.all([once(stream, "response"), stream.toArray()]) };
    };
    return { goaway, post };
  };
  const [busy, idle] = [await open(), await open()];
  const upload = busy.post();
  upload.stream.write("abc");
  await sleep(100);
  const retired = hub.gate.retire();
  const [code] = (await busy.goaway) as [number];
  assert.equal(code, constants.NGHTTP2_NO_ERROR);
  upload.stream.end("def");
  assert.equal(String((await upload.answer)[1][0]), "6");

  const next = idle.post();
  next.stream.end("abcd");
  assert.equal(String((await next.answer)[1][0]), "4");
  await idle.goaway;
  await retired;
});
