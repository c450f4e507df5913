import assert from "node:assert/strict";
import { test } from "node:test";
import type { Door } from "#http/exchange.ts";
import { openTestGate, talk } from "./open-test-gate.ts";

const HOST = "Host: localhost\r\n";

/** Answers with the path, at once; with how many answers were not over yet in a header. */
function openCounting() {
  const seen = { open: 0, most: 0 };
  const door: Door = (exchange) => {
    seen.open += 1;
    seen.most = Math.max(seen.most, seen.open);
    exchange.afterwards({
      [Symbol.dispose]() {
        seen.open -= 1;
      },
    });
    const bytes = Buffer.from(exchange.target.segments.join("/"));
    exchange.replyNow(200, ["Content-Type", "text/plain"], exchange.method === "HEAD" ? Buffer.alloc(0) : bytes, bytes.length);
    return undefined;
  };
  return { seen, door };
}

test("a door that answers before it returns is answered like any other: whole, with its length, its id and its line", async () => {
  const { seen, door } = openCounting();
  await using hub = await openTestGate(door);
  const { text } = await talk(
    hub.port,
    `GET /a/b HTTP/1.1\r\n${HOST}\r\nHEAD /long HTTP/1.1\r\n${HOST}\r\nGET /c HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`,
  );
  const [a = "", head = "", c = ""] = text.split(/(?=HTTP\/1\.1 )/);
  assert.match(
    a,
    /^HTTP\/1\.1 200 OK\r\nX-Content-Type-Options: nosniff\r\nContent-Type: text\/plain\r\nX-Request-Id: \S+\r\nContent-Length: 3\r\n/,
  );
  assert.match(a, /\r\n\r\na\/b$/);
  assert.match(head, /\r\nContent-Length: 4\r\n[\s\S]*\r\n\r\n$/);
  assert.match(c, /\r\n\r\nc$/);
  const lines = await hub.waitForLog("request", 3);
  assert.deepEqual(
    lines.map(({ method, target, status, bytesOut }) => [method, target, status, bytesOut]),
    [
      ["GET", "/a/b", 200, 3],
      ["HEAD", "/long", 200, 0],
      ["GET", "/c", 200, 1],
    ],
  );
  assert.deepEqual(seen, { open: 0, most: 1 }, "9.3.2: the next begins when the one before has been taken");
});

test("what a door throws before it returns is a bare 500, and the connection goes on", async () => {
  let asked = 0;
  await using hub = await openTestGate((exchange) => {
    asked += 1;
    if (asked === 1) throw new Error("a bug");
    exchange.replyNow(204, [], Buffer.alloc(0));
    return undefined;
  });
  const { text } = await talk(hub.port, `GET /one HTTP/1.1\r\n${HOST}\r\nGET /two HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
  assert.deepEqual(text.match(/HTTP\/1\.1 \d+/g), ["HTTP/1.1 500", "HTTP/1.1 204"]);
  const [line] = await hub.waitForLog("request failed", 1);
  assert.match(JSON.stringify(line), /a bug/);
});

test("a door that returns without an answer is a bug that is logged", async () => {
  await using hub = await openTestGate(() => undefined);
  const { text } = await talk(hub.port, `GET / HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
  assert.match(text, /^HTTP\/1\.1 500 /);
  await hub.waitForLog("request failed", 1);
});
