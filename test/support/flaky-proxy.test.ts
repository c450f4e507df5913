import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { startFlakyProxy } from "./flaky-proxy.ts";

test("a proxy without a fault passes requests and replies on whole", async () => {
  await using server = await startEcho();
  await using proxy = await startFlakyProxy(server.url);
  const body = "x".repeat(3_000_000);
  assert.equal(await post(proxy.url, body), body);
  assert.equal(proxy.struck, 0);
});

test("a lost acknowledgement reaches the server and never the client", async () => {
  await using server = await startEcho();
  await using proxy = await startFlakyProxy(server.url);
  proxy.setFault({ kind: "lose-reply", method: "POST", nth: 2 });
  assert.equal(await post(proxy.url, "first"), "first");
  await assert.rejects(post(proxy.url, "second"));
  assert.equal(await post(proxy.url, "third"), "third");
  assert.deepEqual([server.received, proxy.struck], [["first", "second", "third"], 1]);
});

test("a connection is cut after so many bytes of the reply", async () => {
  await using server = await startEcho();
  await using proxy = await startFlakyProxy(server.url);
  proxy.setFault({ kind: "cut", direction: "to-client", afterBytes: 100_000 });
  await assert.rejects(post(proxy.url, "y".repeat(200_000)));
  assert.equal(server.received.length, 1);
});

test("a connection is cut after so many bytes of the request", async () => {
  await using server = await startEcho();
  await using proxy = await startFlakyProxy(server.url);
  proxy.setFault({ kind: "cut", direction: "to-server", afterBytes: 100_000 });
  await assert.rejects(post(proxy.url, "y".repeat(200_000)));
  assert.equal(server.received.length, 0);
});

test("delayed bytes arrive, later", async () => {
  await using server = await startEcho();
  await using proxy = await startFlakyProxy(server.url);
  proxy.setFault({ kind: "delay", ms: 60 });
  const startedAtMs = performance.now();
  assert.equal(await post(proxy.url, "slow"), "slow");
  assert.ok(performance.now() - startedAtMs >= 120);
});

async function post(url: string, body: string): Promise<string> {
  const reply = await fetch(url, { method: "POST", body, headers: { connection: "close" }, signal: AbortSignal.timeout(10_000) });
  return await reply.text();
}

/** Answers each request with its own body and remembers it, once it has arrived whole. */
async function startEcho() {
  const received: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return; // cut short
    }
    received.push(Buffer.concat(chunks).toString());
    response.end(received.at(-1));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
