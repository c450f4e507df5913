import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Door } from "#http/exchange.ts";
import { countingDoor, openTestGate, talk } from "./open-test-gate.ts";

const HOST = "Host: localhost\r\n";

/** Answers with the status that the path names. */
const statusDoor: Door = async (exchange) => {
  if (exchange.method === "POST") return await countingDoor(exchange);
  if (exchange.target.segments[1] !== undefined) exchange.note({ account: exchange.target.segments[1] });
  await exchange.reply(Number(exchange.target.segments[0]), exchange.method === "HEAD" ? "" : "text");
};

const asks = [
  "GET /200",
  "HEAD /200",
  "GET /404",
  "GET /404/laptop",
  "HEAD /404/laptop",
  "GET /403",
  "DELETE /200",
  "GET /503",
  "HEAD /401",
];

async function loggedOf(logRequests: "all" | "notable"): Promise<string[]> {
  await using hub = await openTestGate(statusDoor, { logRequests });
  const text = asks.map((ask) => `${ask} HTTP/1.1\r\n${HOST}\r\n`).join("");
  await talk(hub.port, `${text}POST / HTTP/1.1\r\n${HOST}Content-Length: 2\r\nConnection: close\r\n\r\nab`);
  await hub.gate.close();
  return hub.logged("request").map(({ method, target }) => `${method} ${target}`);
}

test("reads that went well, and what somebody who has signed in did not find, have a line only when all requests do", async () => {
  assert.deepEqual(await loggedOf("all"), [...asks, "POST /"]);
  assert.deepEqual(await loggedOf("notable"), ["GET /404", "GET /403", "DELETE /200", "GET /503", "HEAD /401", "POST /"]);
});

test("a read that the client did not take to its end, or that the hub broke off, has a line", async () => {
  await using hub = await openTestGate(
    async (exchange) => {
      await exchange.replyStream(200, broken(), { lengthBytes: 10 });
    },
    { logRequests: "notable" },
  );
  await talk(hub.port, `GET / HTTP/1.1\r\n${HOST}\r\n`);
  const [line] = await hub.waitForLog("request", 1);
  assert.equal(line?.["cut"], "by the hub");
});

async function* broken(): AsyncGenerator<Uint8Array, void, undefined> {
  yield Buffer.from("abc");
  throw new Error("the disk is gone");
}

test("a read that went well and took more than a second has a line", async () => {
  const door: Door = async (exchange) => {
    if (exchange.target.segments[0] === "slow") await sleep(1100);
    await exchange.reply(200, "text");
  };
  await using hub = await openTestGate(door, { logRequests: "notable" });
  await talk(hub.port, `GET /quick HTTP/1.1\r\n${HOST}\r\nGET /slow HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
  const lines = await hub.waitForLog("request", 1);
  assert.ok(
    lines.some(({ target }) => target === "/slow"),
    JSON.stringify(lines),
  );
});
