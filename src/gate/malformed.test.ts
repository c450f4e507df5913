import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { countingDoor, dial, openTestGate, readToEnd, talk } from "./open-test-gate.ts";

const HOST = "Host: localhost\r\n";

test("a request that is not HTTP gets one whole refusal and one line in the log", async () => {
  await using hub = await openTestGate(countingDoor);
  const cases: [string, number][] = [
    ["NONSENSE\r\n\r\n", 400],
    ["GET / HTTP/1.1 extra\r\n\r\n", 400],
    [`POST / HTTP/1.1\r\n${HOST}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
    [`POST / HTTP/1.1\r\n${HOST}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc`, 400],
    [`POST / HTTP/1.1\r\n${HOST}Content-Length: -1\r\n\r\n`, 400],
    [`GET / HTTP/1.1\r\n${HOST}X: a\u0000b\r\n\r\n`, 400],
    [`GET / HTTP/1.1\r\n${HOST}X : a\r\n\r\n`, 400],
    [`GET / HTTP/1.1\r\n${HOST}X-Long: ${"x".repeat(20_000)}\r\n\r\n`, 431],
    [`GET /${"x".repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`, 431],
    ["CONNECT other.example:80 HTTP/1.1\r\nHost: other.example:80\r\n\r\n", 405],
  ];
  for (const [index, [text, status]] of cases.entries()) {
    const reply = await talk(hub.port, text);
    assert.match(reply.text, new RegExp(`^HTTP/1\\.1 ${status} `), text.slice(0, 80));
    assert.match(reply.text, /\r\nConnection: close\r\n/);
    const [head = "", body = ""] = reply.text.split("\r\n\r\n");
    assert.equal(Number(/Content-Length: (\d+)/.exec(head)?.[1]), body.length);
    const lines = await hub.waitForLog("request refused", index + 1);
    assert.equal(lines.length, index + 1);
    assert.deepEqual([lines.at(-1)?.["status"], lines.at(-1)?.["id"]], [status, /X-Request-Id: (\S+)/.exec(head)?.[1]]);
  }
  assert.deepEqual(hub.logged("request"), []);
});

test("a request that is refused by its first lines is an ordinary line in the log", async () => {
  await using hub = await openTestGate(countingDoor);
  const fields = (count: number) => Array.from({ length: count }, (_, index) => `X-${index}: y\r\n`).join("");
  const cases: [string, number][] = [
    [`GET / HTTP/1.1\r\n${HOST}${fields(62)}`, 200],
    [`GET / HTTP/1.1\r\n${HOST}${fields(64)}`, 431],
    [`GET / HTTP/1.1\r\n${HOST}${fields(300)}`, 431],
    ["GET / HTTP/1.1\r\n", 400],
    ["GET / HTTP/1.0\r\n", 200],
    [`POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip\r\n`, 400],
    [`GET / HTTP/1.1\r\n${HOST}${HOST}`, 400],
    ["GET / HTTP/1.1\r\nHost: other.example\r\n", 421],
    [`GET http://other.example/ HTTP/1.1\r\n${HOST}`, 421],
    [`GET http://localhost/ HTTP/1.1\r\nHost: other.example\r\n`, 200],
    [`OPTIONS * HTTP/1.1\r\n${HOST}`, 405],
    [`TRACE / HTTP/1.1\r\n${HOST}`, 405],
    [`GET /a/../b HTTP/1.1\r\n${HOST}`, 404],
    [`GET //b HTTP/1.1\r\n${HOST}`, 404],
    [`GET /x/.HUB-meta/y HTTP/1.1\r\n${HOST}`, 404],
    [`GET /x/%2ehub-tmp HTTP/1.1\r\n${HOST}`, 404],
    [`GET / HTTP/1.1\r\n${HOST}Upgrade: websocket\r\nConnection: close, upgrade\r\n`, 200],
    [`GET / HTTP/1.1\r\n${HOST}Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n`, 200],
  ];
  for (const [index, [text, status]] of cases.entries()) {
    const reply = await talk(hub.port, `${text}${text.includes("Connection:") ? "" : "Connection: close\r\n"}\r\n`);
    assert.match(reply.text, new RegExp(`^HTTP/1\\.1 ${status} `), text.slice(0, 80));
    assert.equal((await hub.waitForLog("request", index + 1)).at(-1)?.["status"], status);
  }
  assert.deepEqual(hub.logged("request refused"), []);
});

test("a name that is not known here is refused with the setting that makes it known", async () => {
  await using hub = await openTestGate(countingDoor, { publicUrls: ["https://backup.example:8443/x"] });
  const ask = async (host: string) => (await talk(hub.port, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).text;
  for (const host of ["localhost:1", "nas.localhost", "127.0.0.1", "127.9.9.9:80", "[::1]:80", "BACKUP.example:80", "backup.example."]) {
    assert.match(await ask(host), /^HTTP\/1\.1 200 /, host);
  }
  for (const host of ["evil.example", "192.0.2.1", "localhost.evil.example", "127.0.0.1.evil.example", "a@localhost", "", "[::2]"]) {
    assert.match(await ask(host), /^HTTP\/1\.1 421 Unknown host name: set publicUrl\.restic to the URL that you use\r\n/, host);
  }
});

test("half a request that is cut off is one line at debug, and a connection without one no line", async () => {
  await using hub = await openTestGate(countingDoor);
  using idle = await dial(hub.port);
  idle.end();
  await once(idle, "close");
  using half = await dial(hub.port);
  half.write("GET / HT");
  await sleep(30);
  half.resetAndDestroy();
  const lines = await hub.waitForLog("connection failed", 1);
  assert.deepEqual([lines.length, lines[0]?.["level"], lines[0]?.["problem"]], [1, "debug", "ECONNRESET"]);
  using shut = await dial(hub.port);
  shut.end("GET / HT");
  await once(shut, "close");
  assert.equal((await hub.waitForLog("connection failed", 2)).length, 2);
  assert.deepEqual([...hub.logged("request"), ...hub.logged("request refused")], []);
});

test("headers that trickle in are cut", async () => {
  await using hub = await openTestGate(countingDoor, { limits: { headersTimeoutMs: 300 } });
  using socket = await dial(hub.port);
  socket.write(`GET / HTTP/1.1\r\n${HOST}`);
  const trickle = setInterval(() => socket.write("X: y\r\n"), 50);
  const startedAtMs = performance.now();
  const { text } = await readToEnd(socket);
  clearInterval(trickle);
  assert.match(text, /^HTTP\/1\.1 408 Request Timeout\r\n/);
  assert.ok(performance.now() - startedAtMs < 4000);
  const [line] = await hub.waitForLog("request refused", 1);
  assert.deepEqual([line?.["status"], line?.["problem"]], [408, "ERR_HTTP_REQUEST_TIMEOUT"]);
});

test("a body that breaks the framing is incomplete, and what follows a body does not replace its reply", async () => {
  await using hub = await openTestGate(async (exchange) => {
    try {
      await countingDoor(exchange);
    } catch {
      await exchange.reply(400, "bad body");
    }
  });
  const bad = await talk(hub.port, `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzzz\r\n`);
  assert.match(bad.text, /^HTTP\/1\.1 400 [\s\S]*bad body$/);
  const trailing = await talk(hub.port, `POST / HTTP/1.1\r\n${HOST}Content-Length: 3\r\n\r\nabc\r\nGARBAGE${"x".repeat(2000)}\r\n\r\n`);
  assert.match(trailing.text, /^HTTP\/1\.1 200 OK[\s\S]*\r\n\r\n3$/);
  assert.equal((await hub.waitForLog("request", 2)).length, 2);
});

test("a client that hangs up before the end of a body is said to have done that", async () => {
  const problems: unknown[] = [];
  await using hub = await openTestGate(async (exchange) => {
    try {
      await countingDoor(exchange);
    } catch (error) {
      problems.push(error instanceof Error && error.message);
      await exchange.reply(400);
    }
  });
  for (const framing of ["Content-Length: 9\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"]) {
    using socket = await dial(hub.port);
    socket.end(`POST / HTTP/1.1\r\n${HOST}${framing}`);
    assert.match((await readToEnd(socket)).text, /^HTTP\/1\.1 400 /);
  }
  assert.deepEqual(problems, Array(2).fill("The client hung up before the end of the body"));
});

test("a request that asks for another protocol is answered as the last one, and what came before it too", async () => {
  await using hub = await openTestGate(async (exchange) => {
    await sleep(5);
    await exchange.reply(200, exchange.target.segments[0]);
  });
  const upgrades = [
    "h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
    "websocket\r\nConnection: upgrade",
  ];
  for (const upgrade of upgrades) {
    const ask = (path: string, more = "") => `GET /${path} HTTP/1.1\r\n${HOST}${more}\r\n`;
    const { text, reset } = await talk(hub.port, `${ask("a")}${ask("b", `Upgrade: ${upgrade}\r\n`)}${ask("c")}`);
    const answers = text.split(/(?=HTTP\/1\.1 )/);
    assert.deepEqual(
      answers.map((answer) => [answer.at(-1), /^Connection: (\S+)\r$/m.exec(answer)?.[1]]),
      [
        ["a", "keep-alive"],
        ["b", "close"],
      ],
    );
    assert.equal(reset, false);
  }
});

test("requests that are sent at once on one connection are carried out one after another", async () => {
  const seen: string[] = [];
  await using hub = await openTestGate(async (exchange) => {
    seen.push(`begin ${exchange.target.segments[0]}`);
    await sleep(exchange.target.segments[0] === "a" ? 30 : 1);
    seen.push(`end ${exchange.target.segments[0]}`);
    await exchange.reply(200, exchange.target.segments[0]);
  });
  const one = (name: string) => `POST /${name} HTTP/1.1\r\n${HOST}Content-Length: 2\r\n\r\nhi`;
  const { text } = await talk(hub.port, `${one("a")}${one("b")}${one("c").replace("Host", "Connection: close\r\nHost")}`);
  assert.deepEqual(seen, ["begin a", "end a", "begin b", "end b", "begin c", "end c"]);
  assert.equal(text.match(/HTTP\/1\.1 200/g)?.length, 3);
});

test("requests that wait behind one whose client has gone are not carried out, and more than a few are not let in", async () => {
  let begun = 0;
  const open = Promise.withResolvers<void>();
  await using hub = await openTestGate(async (exchange) => {
    begun += 1;
    await open.promise;
    await exchange.reply(200);
  });
  const one = `POST / HTTP/1.1\r\n${HOST}Content-Length: 2\r\n\r\nhi`;
  const gone = connect(hub.port, "127.0.0.1").on("error", () => undefined);
  gone.write(one.repeat(3));
  while (begun === 0) await sleep(5);
  gone.resetAndDestroy();
  const flood = connect(hub.port, "127.0.0.1").on("error", () => undefined);
  flood.write(`GET / HTTP/1.1\r\n${HOST}\r\n`.repeat(200));
  await hub.waitForLog("connection cut: too many requests at once", 1);
  await sleep(50);
  open.resolve();
  await hub.waitForLog("request", 2);
  await sleep(50);
  assert.equal(begun, 2);
  flood.destroy();
});

test("what follows an answer that closes the connection is not carried out", async () => {
  const methods: string[] = [];
  await using hub = await openTestGate(async (exchange) => {
    methods.push(exchange.method);
    await exchange.reply(403, "no");
  });
  const head = (method: string, rest: string) => `${method} /x HTTP/1.1\r\n${HOST}${rest}\r\n`;
  // The body of the first is not read, the second asks for the end itself, the third is refused by the gate with an unread body.
  for (const first of [head("POST", "Content-Length: 400000\r\n") + "x".repeat(400_000), head("GET", "Connection: close\r\n")]) {
    const { text } = await talk(hub.port, `${first}${head("DELETE", "")}`);
    assert.equal(text.match(/HTTP\/1\.1 /g)?.length, 1);
  }
  await sleep(50);
  assert.deepEqual(methods, ["POST", "GET"]);
});

test("requests on more connections than one address may have are answered with 503 and closed", async () => {
  await using hub = await openTestGate(countingDoor, { limits: { connectionsPerAddress: 3 } });
  const get = `GET / HTTP/1.1\r\n${HOST}\r\n`;
  {
    using a = await dial(hub.port);
    using b = await dial(hub.port);
    using c = await dial(hub.port);
    a.write(get);
    assert.match((await once(a, "data")).toString(), /^HTTP\/1\.1 200 /);
    const { text } = await talk(hub.port, get);
    assert.match(text, /^HTTP\/1\.1 503 [\s\S]*Connection: close/);
    assert.ok(!b.destroyed && !c.destroyed);
  }
  await sleep(50);
  assert.match((await talk(hub.port, `GET / HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`)).text, /^HTTP\/1\.1 200 /);
});

test("far more connections than one address may have are not even answered", async () => {
  await using hub = await openTestGate(countingDoor, { limits: { connectionsPerAddress: 2 } });
  const sockets = [];
  for (let count = 0; count < 4; count += 1) sockets.push(await dial(hub.port));
  const refused = connect(hub.port, "127.0.0.1");
  refused.on("error", () => undefined);
  await new Promise((resolve) => refused.once("close", resolve));
  for (const socket of sockets) socket.destroy();
});

test("no bytes before a request make the hub answer 3xx or 5xx, or stop answering", async () => {
  await using hub = await openTestGate(async (exchange) => await exchange.reply(200), {
    limits: { headersTimeoutMs: 200, drainTimeoutMs: 50, connectionsPerAddress: 10_000 },
  });
  const token = fc.constantFrom(
    "GET",
    "POST",
    "HEAD",
    " ",
    "/",
    "%2e%2e",
    "..",
    "//",
    "HTTP/1.1",
    "\r\n",
    ":",
    "Host",
    "localhost",
    "\u0000",
    "\u00ff",
    "*",
  );
  const garbage = fc.oneof(
    fc.array(token, { maxLength: 30 }).map((tokens) => tokens.join("")),
    fc.string({ unit: "binary-ascii", maxLength: 200 }),
    fc.array(token, { maxLength: 12 }).map((tokens) => `GET /${tokens.join("")} HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`),
  );
  await fc.assert(
    fc.asyncProperty(garbage, async (text) => {
      const reply = await talk(hub.port, `${text}\r\n\r\n`);
      for (const [, status] of reply.text.matchAll(/^HTTP\/1\.1 (\d)\d\d /gm)) assert.match(status ?? "", /[24]/);
    }),
    { numRuns: 150 },
  );
  assert.equal((await fetch(`${hub.url}/still`)).status, 200);
  assert.deepEqual(hub.logged("request failed"), []);
});
