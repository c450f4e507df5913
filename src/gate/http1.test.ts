import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { Agent, request } from "node:http";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Exchange } from "#http/exchange.ts";
import { HubError } from "#model/hub-error.ts";
import { countingDoor, dial, openTestGate, readToEnd, talk } from "./open-test-gate.ts";

const HOST = "Host: localhost\r\n";

test("a reply has its exact length, its date and its request id, and nothing that names the server", async () => {
  await using hub = await openTestGate(
    async (exchange) => await exchange.reply(200, "grüße\n", { headers: { "Content-Type": "text/plain" } }),
  );
  const reply = await fetch(`${hub.url}/a?secret=1`);
  assert.equal(await reply.text(), "grüße\n");
  assert.equal(reply.headers.get("content-length"), "8");
  assert.equal(reply.headers.get("x-content-type-options"), "nosniff");
  assert.equal(reply.headers.get("server"), null);
  assert.equal(reply.headers.get("x-powered-by"), null);
  assert.ok(reply.headers.get("date"));
  const [line] = await hub.waitForLog("request", 1);
  const { id, listener, method, target, status, bytesIn, bytesOut, address, protocol } = line ?? {};
  assert.equal(id, reply.headers.get("x-request-id"));
  assert.deepEqual(
    { listener, method, target, status, bytesIn, bytesOut, address, protocol },
    { listener: "restic", method: "GET", target: "/a", status: 200, bytesIn: 0, bytesOut: 8, address: "127.0.0.1", protocol: "HTTP/1.1" },
  );
});

test("a reason phrase goes out as printable ASCII of at most 80 characters", async () => {
  await using hub = await openTestGate(async (exchange) => await exchange.reply(403, "", { reason: `Frozen\r\nX: y ${"z".repeat(99)}` }));
  const { text } = await talk(hub.port, `GET / HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
  assert.match(text, /^HTTP\/1\.1 403 Frozen\?X: y z{68}\r\n/);
});

test("HEAD and 204 are answered without a body, and HEAD with the length that GET would have", async () => {
  await using hub = await openTestGate(async (exchange) => {
    if (exchange.method === "HEAD") await exchange.replyStream(200, never(), { lengthBytes: 12_345 });
    else await exchange.reply(204);
  });
  const close = `${HOST}Connection: close\r\n\r\n`;
  const head = await talk(hub.port, `HEAD / HTTP/1.1\r\n${close}`);
  assert.match(head.text, /\r\nContent-Length: 12345\r\n/);
  assert.ok(head.text.endsWith("\r\n\r\n"));
  const empty = await talk(hub.port, `GET / HTTP/1.1\r\n${close}`);
  assert.match(empty.text, /^HTTP\/1\.1 204 /);
  assert.doesNotMatch(empty.text, /Content-Length|Transfer-Encoding/i);
});

test("a connection is kept after a whole body, and for the next request on it", async () => {
  await using hub = await openTestGate(countingDoor);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ports = new Set<number | undefined>();
  for (const body of ["abc", "", "x".repeat(300_000)]) {
    const outgoing = request(`${hub.url}/`, { method: "POST", agent });
    outgoing.end(body);
    const [reply] = await once(outgoing, "response");
    ports.add(outgoing.socket?.localPort);
    assert.equal(Buffer.concat(await reply.toArray()).toString(), `${body.length}`);
  }
  assert.equal(ports.size, 1);
  agent.destroy();
});

test("a small body that nobody reads costs no connection", async () => {
  await using hub = await openTestGate(async (exchange) => await exchange.reply(200, "ok"));
  const once = `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`;
  const last = `POST / HTTP/1.1\r\n${HOST}Content-Length: 3\r\nConnection: close\r\n\r\nabc`;
  const { text } = await talk(hub.port, once + once + last);
  assert.equal(text.match(/HTTP\/1\.1 200 OK/g)?.length, 3);
});

test("a client that waits for 100 gets it when its body is read, and not when it is refused", async () => {
  await using hub = await openTestGate(async (exchange) => {
    if (exchange.target.segments[0] === "no") await exchange.reply(403);
    else await countingDoor(exchange);
  });
  using socket = await dial(hub.port);
  const head = (path: string) => `PUT ${path} HTTP/1.1\r\n${HOST}Content-Length: 5\r\nExpect: 100-continue\r\n\r\n`;
  socket.write(head("/yes"));
  const [interim] = await once(socket, "data");
  assert.equal(interim.toString(), "HTTP/1.1 100 Continue\r\n\r\n");
  socket.write(`hello${head("/no")}`);
  const { text } = await readToEnd(socket);
  assert.match(text, /^HTTP\/1\.1 200 OK[\s\S]*\r\n\r\n5HTTP\/1\.1 403 Forbidden\r\n/);
  assert.match(text, /Connection: close/);
  assert.doesNotMatch(text, /100 Continue/);
  const strange = await talk(hub.port, `PUT / HTTP/1.1\r\n${HOST}Expect: fish\r\nContent-Length: 1\r\n\r\n`);
  assert.match(strange.text, /^HTTP\/1\.1 417 /);
});

test("a body that is cut off, or silent for too long, ends in incomplete and stops the work on it", async () => {
  const seen: unknown[] = [];
  await using hub = await openTestGate(
    async (exchange) => {
      try {
        await countingDoor(exchange);
      } catch (error) {
        seen.push(error instanceof HubError ? error.code : error, exchange.signal.aborted);
        await exchange.reply(400, "incomplete");
      }
    },
    { limits: { progressTimeoutMs: 150 } },
  );
  using cut = await dial(hub.port);
  cut.write(`POST / HTTP/1.1\r\n${HOST}Content-Length: 100\r\n\r\nabc`);
  await sleep(30);
  cut.resetAndDestroy();
  const [line] = await hub.waitForLog("request", 1);
  assert.deepEqual([line?.["cut"], line?.["bytesIn"], seen], ["by the client", 3, ["incomplete", true]]);

  const silent = await talk(hub.port, `POST / HTTP/1.1\r\n${HOST}Content-Length: 100\r\n\r\nabc`);
  assert.match(silent.text, /^HTTP\/1\.1 400 [\s\S]*Connection: close[\s\S]*incomplete$/);
  assert.deepEqual(seen, ["incomplete", true, "incomplete", false]);
});

test("a slow body may take as long as it moves", async () => {
  await using hub = await openTestGate(countingDoor, { limits: { progressTimeoutMs: 150 } });
  using socket = await dial(hub.port);
  socket.write(`POST / HTTP/1.1\r\n${HOST}Content-Length: 8\r\nConnection: close\r\n\r\n`);
  for (let count = 0; count < 8; count += 1) {
    await sleep(60);
    socket.write("x");
  }
  assert.match((await readToEnd(socket)).text, /\r\n\r\n8$/);
});

test("a refusal reaches a client that is still sending a large body, of which the hub reads no more than a bound", async () => {
  await using hub = await openTestGate(async (exchange) => await exchange.reply(403, "no room\n", { reason: "No room" }), {
    limits: { drainBytes: 256 * 1024, drainTimeoutMs: 500 },
  });
  using socket = await dial(hub.port);
  socket.pause();
  socket.write(`POST / HTTP/1.1\r\n${HOST}Content-Length: ${64 * 1024 * 1024}\r\n\r\n`);
  socket.write(Buffer.alloc(1024 * 1024));
  await sleep(200);
  const { text } = await readToEnd(socket);
  assert.match(text, /^HTTP\/1\.1 403 No room\r\n[\s\S]*Connection: close[\s\S]*no room\n$/);
  const [line] = await hub.waitForLog("request", 1);
  assert.equal(line?.["status"], 403);
});

test("of a refused body no more than the bound and what is on its way is read", async () => {
  let body: Exchange["body"] | undefined;
  await using hub = await openTestGate(
    async (exchange) => {
      body = exchange.body;
      await exchange.reply(507);
    },
    { limits: { drainBytes: 100_000, drainTimeoutMs: 300 } },
  );
  using socket = await dial(hub.port);
  socket.write(`POST / HTTP/1.1\r\n${HOST}Content-Length: ${64 * 1024 * 1024}\r\n\r\n`);
  for (let count = 0; count < 64; count += 1) socket.write(Buffer.alloc(256 * 1024));
  const { text } = await readToEnd(socket);
  assert.match(text, /^HTTP\/1\.1 507 /);
  const received = (body as unknown as { readonly receivedBytes: number }).receivedBytes; // not part of the contract, but what this is about
  assert.ok(received >= 100_000 && received < 100_000 + 2 * 64 * 1024, `${received}`);
});

test("a refusal with room to drain reaches a client that reads nothing before it has sent all, and the connection goes on", async () => {
  await using hub = await openTestGate(async (exchange) => {
    if (exchange.method !== "PUT") return await exchange.reply(200, "next");
    await exchange.reply(405, "taken", { drain: { bytes: 8 * 1024 * 1024, timeoutMs: 5000 } });
  });
  const sendThenRead = async (bytes: number) => {
    using socket = await dial(hub.port);
    socket.pause();
    const sent = new Promise<boolean>((resolve) => {
      socket.once("error", () => resolve(false));
      socket.write(`PUT / HTTP/1.1\r\n${HOST}Content-Length: ${bytes}\r\n\r\n`);
      socket.write(Buffer.alloc(bytes), (error) => resolve(error === null || error === undefined));
    });
    if (!(await sent)) return "reset";
    socket.write(`GET / HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
    return (await readToEnd(socket)).text;
  };
  const text = await sendThenRead(6 * 1024 * 1024);
  assert.match(text, /^HTTP\/1\.1 405 [\s\S]*taken[\s\S]*HTTP\/1\.1 200 [\s\S]*next$/);
  assert.doesNotMatch(text.slice(0, text.indexOf("taken")), /connection: close/i);
  assert.equal(await sendThenRead(40 * 1024 * 1024), "reset");
});

test("a refusal with room to drain also reaches a client that has fallen silent", async () => {
  await using hub = await openTestGate(
    async (exchange) => {
      try {
        for await (const _ of exchange.body);
      } catch {
        await exchange.reply(408, "silent", { drain: { bytes: 1024 * 1024, timeoutMs: 5000 } });
      }
    },
    { limits: { progressTimeoutMs: 100, drainTimeoutMs: 200 } },
  );
  const { text } = await talk(hub.port, `PUT / HTTP/1.1\r\n${HOST}Content-Length: 100\r\n\r\nabc`);
  assert.match(text, /^HTTP\/1\.1 408 [\s\S]*silent$/);
});

test("a stream goes out with its exact length, or chunked without one", async () => {
  await using hub = await openTestGate(async (exchange) => {
    const known = exchange.target.segments[0] === "known";
    await exchange.replyStream(200, pieces(3, 100_000), known ? { lengthBytes: 300_000 } : {});
  });
  const known = await fetch(`${hub.url}/known`);
  assert.equal(known.headers.get("content-length"), "300000");
  assert.equal((await known.bytes()).length, 300_000);
  const chunked = await fetch(`${hub.url}/chunked`);
  assert.equal(chunked.headers.get("content-length"), null);
  assert.equal((await chunked.bytes()).length, 300_000);
});

test("a stream that fails, ends early or holds too much breaks the connection, so that nobody takes a part for the whole", async () => {
  let returned = 0;
  const bodies: Record<string, () => AsyncIterable<Uint8Array>> = {
    async *fails() {
      yield Buffer.alloc(10);
      throw new HubError("damaged", "The disk lost it");
    },
    ends: () => pieces(1, 10),
    async *overflows() {
      try {
        for (;;) yield Buffer.alloc(60);
      } finally {
        returned += 1;
      }
    },
  };
  await using hub = await openTestGate(async (exchange) => {
    const [name = "", length] = exchange.target.segments;
    await exchange.replyStream(200, (bodies[name] ?? bodies["ends"])?.() ?? pieces(0, 0), length === undefined ? {} : { lengthBytes: 100 });
  });
  for (const path of ["/fails/100", "/ends/100", "/overflows/100", "/fails"]) {
    const { text, reset } = await talk(hub.port, `GET ${path} HTTP/1.1\r\n${HOST}\r\n`);
    assert.equal(reset, true, path);
    assert.doesNotMatch(text, /\r\n0\r\n\r\n$/);
  }
  assert.equal(returned, 1);
  const failures = await hub.waitForLog("request failed", 4);
  assert.match(JSON.stringify(failures[0]?.["error"]), /The disk lost it/);
  assert.deepEqual(
    hub.logged("request").map((line) => line["cut"]),
    Array(4).fill("by the hub"),
  );
});

test("a client that stops reading is given up, and whoever made the bytes is told", async () => {
  let returned = false;
  await using hub = await openTestGate(
    async (exchange) => {
      async function* endless() {
        try {
          for (;;) yield Buffer.alloc(256 * 1024);
        } finally {
          returned = true;
        }
      }
      await exchange.replyStream(200, endless());
    },
    { limits: { progressTimeoutMs: 300 } },
  );
  using socket = await dial(hub.port);
  socket.pause();
  socket.write(`GET / HTTP/1.1\r\n${HOST}\r\n`);
  const [line] = await hub.waitForLog("request", 1);
  assert.equal(line?.["status"], 200);
  await sleep(20);
  assert.equal(returned, true);
});

test("a client that hangs up stops the work for it", async () => {
  const aborted = Promise.withResolvers<void>();
  await using hub = await openTestGate(async (exchange) => {
    await once(exchange.signal, "abort");
    aborted.resolve();
    await exchange.reply(200);
  });
  using socket = await dial(hub.port);
  socket.write(`GET / HTTP/1.1\r\n${HOST}\r\n`);
  await sleep(30);
  socket.destroy();
  await aborted.promise;
  const [line] = await hub.waitForLog("request", 1);
  assert.deepEqual([line?.["status"], line?.["cut"]], [0, "by the client"]);
});

test("work that stops because its client has gone is no fault of the hub's in the log, and a fault after that is", async () => {
  await using hub = await openTestGate(async (exchange) => {
    await once(exchange.signal, "abort");
    if (exchange.target.segments[0] === "stop") exchange.signal.throwIfAborted();
    if (exchange.target.segments[0] === "sleep") await sleep(1, undefined, { signal: exchange.signal });
    throw new Error("a fault");
  });
  for (const path of ["stop", "sleep", "fault"]) {
    using socket = await dial(hub.port);
    socket.write(`GET /${path} HTTP/1.1\r\n${HOST}\r\n`);
    await sleep(30);
  }
  await hub.waitForLog("request", 3);
  const failures = await hub.waitForLog("request failed", 1);
  assert.equal(failures.length, 1);
  assert.match(JSON.stringify(failures[0]), /a fault/);
});

test("a door that throws, or answers nothing, is logged whole and told as a bare 500", async () => {
  await using hub = await openTestGate(async (exchange) => {
    if (exchange.target.segments[0] === "throw") throw new TypeError("secret detail");
    if (exchange.target.segments[0] === "header") await exchange.reply(200, "", { headers: { "X-Name": "größe" + "\n" } });
  });
  for (const path of ["throw", "nothing", "header"]) {
    const reply = await fetch(`${hub.url}/${path}`);
    assert.deepEqual([reply.status, await reply.text()], [500, "Internal Server Error\n"]);
  }
  const failures = await hub.waitForLog("request failed", 3);
  assert.match(JSON.stringify(failures[0]), /secret detail.*http1\.test\.ts/);
  assert.deepEqual(
    failures.map((line) => line["id"]),
    hub.logged("request").map((line) => line["id"]),
  );
});

test("five hundred broken uploads leave no descriptor behind", async () => {
  await using hub = await openTestGate(countingDoor, { limits: { connectionsPerAddress: 1000 } });
  const before = readdirSync("/proc/self/fd").length;
  for (let round = 0; round < 10; round += 1) {
    await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        using socket = await dial(hub.port);
        socket.on("error", () => undefined);
        socket.write(`POST /${index} HTTP/1.1\r\n${HOST}Content-Length: 1000\r\n\r\n${"x".repeat(index)}`);
        await sleep(5);
        if (index % 2 === 0) socket.resetAndDestroy();
      }),
    );
  }
  await sleep(100);
  const after = readdirSync("/proc/self/fd").length;
  assert.ok(after <= before + 2, `${before} descriptors before, ${after} after`);
});

async function* pieces(count: number, bytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let index = 0; index < count; index += 1) yield Buffer.alloc(bytes, index);
}

// biome-ignore lint/correctness/useYield: it must not even be asked
async function* never(): AsyncGenerator<Uint8Array, void, undefined> {
  throw new Error("the body of a HEAD was read");
}
