import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Door } from "#http/exchange.ts";
import { dial, openTestGate, talk } from "../gate/open-test-gate.ts";

const SENT_BYTES = 16 * 1024 * 1024;
const QUEUE_BYTES = 256 * 1024;
const NODE_BYTES = 64 * 1024;

test("the memory of a chunk of a body is freed when the next is asked for, and not before", async () => {
  const sizes: { readonly before: number; readonly after: number }[] = [];
  const door: Door = async (exchange) => {
    let last: { readonly chunk: Uint8Array; readonly bytes: number } | undefined;
    const look = () => {
      if (last !== undefined && last.bytes >= NODE_BYTES / 2) sizes.push({ before: last.bytes, after: last.chunk.length });
    };
    for await (const chunk of exchange.body) {
      look();
      await sleep(1);
      assert.ok(chunk.length > 0, "freed while it is read");
      last = { chunk, bytes: chunk.length };
    }
    look();
    await exchange.reply(200);
  };
  await using hub = await openTestGate(door);
  const head = `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${SENT_BYTES / 8}\r\nConnection: close\r\n\r\n`;
  const { text } = await talk(hub.port, Buffer.concat([Buffer.from(head), Buffer.alloc(SENT_BYTES / 8, 7)]));
  assert.match(text, /^HTTP\/1\.1 200 /);
  assert.ok(sizes.length > 3, "no large chunks came");
  assert.ok(
    sizes.every(({ after }) => after === 0),
    JSON.stringify(sizes.slice(0, 5)),
  );
});

test("of a body whose reader stands still no more is taken in than the queue and what Node holds", async () => {
  const [received, over] = [Promise.withResolvers<() => number>(), Promise.withResolvers<void>()];
  const door: Door = async (exchange) => {
    for await (const _ of exchange.body) {
      received.resolve(() => (exchange.body as unknown as { readonly receivedBytes: number }).receivedBytes); // a RequestBody has it
      await over.promise;
      break;
    }
    await exchange.reply(200);
  };
  await using hub = await openTestGate(door);
  using socket = await dial(hub.port);
  socket.on("error", () => undefined);
  socket.write(`POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${SENT_BYTES}\r\n\r\n`);
  socket.write(Buffer.alloc(SENT_BYTES));
  const soFar = await received.promise;
  let before = -1;
  while (soFar() !== before) {
    before = soFar();
    await sleep(100);
  }
  assert.ok(before >= NODE_BYTES && before <= QUEUE_BYTES + 2 * NODE_BYTES, `${before} bytes`); // with the chunk that is being read
  over.resolve();
});
