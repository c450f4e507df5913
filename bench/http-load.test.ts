import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { runLoad } from "./http-load.ts";
import { Objects } from "./restic/objects.ts";

const SET = { seed: "test", count: 3, bytes: 20_000 };
const objects = new Objects(SET);

test("every object is asked for once, and its answer taken", async () => {
  await using server = await serve((index) => Buffer.concat(objects.parts(index)));
  const result = await runLoad(server.load);
  assert.equal(result.count, 3);
  assert.ok(result.p50Ms <= result.p99Ms && result.p99Ms <= result.maxMs);
});

test("ids are the hashes of the objects, and parts are expected where they lie", () => {
  const whole = Buffer.concat(objects.parts(1));
  assert.equal(createHash("sha256").update(whole).digest("hex"), objects.ids[1]);
  assert.equal(new Set(objects.ids).size, 3);
  const expected = objects.expected(1, { start: 10, bytes: 9000 });
  assert.deepEqual(expected.first, whole.subarray(10, 10 + 4096));
  assert.deepEqual(expected.last, whole.subarray(9010 - 4096, 9010));
  assert.equal(expected.sha256, createHash("sha256").update(whole.subarray(10, 9010)).digest("hex"));
});

test("a byte that is wrong at the start, at the end or in the middle of a first answer ends the load", async () => {
  for (const place of [0, 10_000, 19_999]) {
    await using server = await serve((index) => {
      const bytes = Buffer.concat(objects.parts(index));
      bytes[place] = (bytes[place] ?? 0) ^ 1;
      return bytes;
    });
    await assert.rejects(runLoad(server.load), place === 10_000 ? /hash is not the expected one/ : /other bytes than expected/);
  }
});

test("another status, a shorter body and a connection that breaks off end the load", async () => {
  await using refusing = await serve(() => 503);
  await assert.rejects(runLoad(refusing.load), /A reply of 503 where 200 was expected/);
  await using short = await serve((index) => Buffer.concat(objects.parts(index)).subarray(1));
  await assert.rejects(runLoad(short.load), /A reply of 19999 bytes where 20000 were expected/);
  await using breaking = await serve(() => undefined);
  await assert.rejects(runLoad(breaking.load), /closed the connection|ECONNRESET/);
});

/** A server that answers a request for object `/N` with bytes, a status, or not at all. */
async function serve(answer: (index: number) => Buffer | number | undefined) {
  const listener: RequestListener = (request, response) => {
    const answered = answer(Number(request.url?.slice(1)));
    if (answered === undefined) request.socket.destroy();
    else if (typeof answered === "number") response.writeHead(answered, { "Content-Length": 0 }).end();
    else response.writeHead(200, { "Content-Length": answered.length }).end(answered);
  };
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  const load = {
    host: "127.0.0.1",
    port,
    requests: objects.ids.map((_, index) => Buffer.from(`GET /${index} HTTP/1.1\r\nHost: bench\r\n\r\n`)),
    connections: 1,
    expect: { status: 200, bodyBytes: SET.bytes },
    bodies: objects.ids.map((_, index) => objects.expected(index)),
  };
  return { load, [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve()).closeAllConnections()) };
}
