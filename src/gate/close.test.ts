import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { countingDoor, dial, openTestGate, readToEnd } from "./open-test-gate.ts";

const HOST = "Host: localhost\r\n";

test("closing ends idle connections at once and waits for an upload under way", async () => {
  const hub = await openTestGate(countingDoor);
  using idle = await dial(hub.port);
  using kept = await dial(hub.port);
  kept.write(`GET / HTTP/1.1\r\n${HOST}\r\n`);
  await once(kept, "data");
  using upload = await dial(hub.port);
  upload.write(`POST / HTTP/1.1\r\n${HOST}Content-Length: 6\r\n\r\nabc`);
  await sleep(50);

  const closing = hub.gate.close();
  await Promise.all([once(idle, "close"), once(kept, "close")]);
  await assert.rejects(dial(hub.port), /ECONNREFUSED/);
  const isClosed = await Promise.race([closing.then(() => true), sleep(100, false)]);
  assert.equal(isClosed, false);

  upload.write("def");
  const { text } = await readToEnd(upload);
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n[\s\S]*Connection: close[\s\S]*\r\n\r\n6$/);
  await closing;
});

test("closing waits for a client that has not taken its answer yet, though the hub has handed over all of it", async () => {
  const body = "x".repeat(20_000_000); // more than the system takes from us for one connection
  const hub = await openTestGate((exchange) => exchange.reply(200, body));
  using slow = await dial(hub.port);
  slow.write(`GET / HTTP/1.1\r\n${HOST}\r\n`);
  await once(slow, "readable");
  const closing = hub.gate.close();
  const { text, reset } = await readToEnd(slow);
  assert.deepEqual([text.endsWith(`\r\n\r\n${body}`), reset], [true, false]);
  await closing;
  assert.equal(hub.logged("request")[0]?.["cut"], undefined);
});

test("a request that comes while closing is answered with 503", async () => {
  const hub = await openTestGate(countingDoor);
  using upload = await dial(hub.port);
  upload.write(`POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`);
  await sleep(50);
  const closing = hub.gate.close();
  upload.write(`0\r\n\r\nGET / HTTP/1.1\r\n${HOST}\r\n`);
  const { text } = await readToEnd(upload);
  assert.match(text, /^HTTP\/1\.1 200 OK/);
  await closing;
  assert.ok(hub.logged("request").every((line) => line["status"] === 200 || line["status"] === 503));
});

test("closing ends what is not done in time, and stops the work on it", async () => {
  const hub = await openTestGate(
    async (exchange) => {
      await once(exchange.signal, "abort");
      await exchange.reply(200);
    },
    { limits: { shutdownMs: 200 } },
  );
  using stuck = await dial(hub.port);
  stuck.on("error", () => undefined);
  stuck.write(`GET / HTTP/1.1\r\n${HOST}\r\n`);
  await sleep(50);
  const startedAtMs = performance.now();
  await hub.gate.close();
  assert.ok(performance.now() - startedAtMs < 2000);
  assert.deepEqual([hub.logged("request")[0]?.["status"], hub.logged("request")[0]?.["cut"]], [0, "by the hub"]);
});

test("closing twice is closing once", async () => {
  const hub = await openTestGate(countingDoor);
  await Promise.all([hub.gate.close(), hub.gate.close()]);
  await hub.gate[Symbol.asyncDispose]();
});
