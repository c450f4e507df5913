import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { FIRST_PACK, firstPack, MIB, signIn } from "../memory/load.ts";
import { postPack } from "../memory/uploads.ts";
import { randomObject, sha256 } from "../support/http-request.ts";
import { withoutProc } from "../support/process-tree.ts";
import { openWire, requestHead, type WireClient } from "../support/wire-client.ts";
import { startWatchedHub, WAITS, type WatchedHub } from "./watched-hub.ts";

const skip = withoutProc();

test("HB-7: clients that send their headers a byte at a time, or nothing at all, are cut, and others are answered meanwhile", {
  skip,
}, async () => {
  await using watched = await startWatchedHub();
  using clients = new DisposableStack();
  const head = requestHead("GET", firstPack(watched.target), signIn(watched.target));
  const slow: WireClient[] = [];
  for (let index = 0; index < 40; index += 1) slow.push(clients.use(await openWire(watched.target.url)));
  const sending = slow.map(async (client, index) => {
    if (index % 4 === 0) return await client.closed; // not a byte
    for (let at = 0; at < head.length && client.open; at += 1) {
      await client.send(head[at] ?? "");
      await sleep(100);
    }
    assert.ok(!client.open, "a head that took far too long was waited for");
  });
  await watched.requireGoodAnswer();
  const statuses = await Promise.all(slow.map((client) => client.reply()));
  await Promise.all(sending);
  assert.deepEqual(
    statuses.map((status, index) => [index % 4 === 0 ? 0 : 408, status]).filter(([wanted, status]) => wanted !== status),
    [],
  );
  clients.dispose();
  await watched.requireWhole();
});

test("HB-7: a body that comes byte by byte is stored, and one that stops is cut and leaves nothing", { skip }, async () => {
  await using watched = await startWatchedHub();
  const { target } = watched;
  const { id, bytes } = randomObject(16);
  using moving = await openWire(target.url);
  await moving.send(requestHead("POST", `/laptop/data/${id}`, { ...signIn(target), "Content-Length": bytes.length }));
  using silent = await openWire(target.url);
  await silent.send(requestHead("POST", `/laptop/data/${id}`, { ...signIn(target), "Content-Length": bytes.length }));
  await silent.send(bytes.subarray(0, 8));
  // Longer in all than any wait of the hub, and no silence as long as one.
  for (let at = 0; at < bytes.length; at += 1) {
    await moving.send(bytes.subarray(at, at + 1));
    await sleep(WAITS.progressTimeoutMs / 6);
  }
  assert.equal(await moving.reply(), 200);
  assert.equal(await silent.reply(), 400);
  await silent.closed;
  moving.socket.destroy();
  await watched.requireWhole();
});

test("HB-7: a reader that stops is cut and its file closed, and one that goes on slowly gets all of it", { skip }, async () => {
  await using watched = await startWatchedHub();
  const { target } = watched;
  using client = await openWire(target.url);
  const pack = Buffer.alloc(24 * MIB, 5); // more than the sockets hold
  assert.equal(await postPack(client, target, pack), 200);
  client.socket.destroy();
  const get = requestHead("GET", `/laptop/data/${sha256(pack)}`, { ...signIn(target), Connection: "close" });
  using stopped = await openWire(target.url);
  await stopped.send(get);
  using slow = await openWire(target.url);
  await slow.send(get);
  let bytes = 0;
  while (!slow.socket.readableEnded && !slow.socket.destroyed) {
    bytes += (slow.socket.read() as Buffer | null)?.length ?? 0;
    await sleep(WAITS.progressTimeoutMs / 100);
  }
  assert.ok(bytes > pack.length, `the slow reader got ${bytes} bytes`);
  assert.equal(await stopped.reply(), 0);
  await watched.requireWhole();
});

test("a client that waits for 100 and never sends its body is cut, and so is one that never reads the small answers it asks for", {
  skip,
}, async () => {
  await using watched = await startWatchedHub();
  const { target } = watched;
  const { id } = randomObject(1);
  using waiting = await openWire(target.url);
  await waiting.send(requestHead("POST", `/laptop/data/${id}`, { ...signIn(target), "Content-Length": 1_000_000, Expect: "100-continue" }));
  assert.equal(await waiting.reply(), 400);
  await waiting.closed;

  // It asks as long as it may and reads nothing: what has been answered fills both sockets, then the hub stops reading.
  using deaf = await openWire(target.url);
  const get = requestHead("GET", firstPack(target), signIn(target));
  const asking = (async () => {
    for (let count = 0; deaf.open && count < 1_000_000; count += 1) if (!(await deaf.send(get))) return;
  })();
  await watched.requireGoodAnswer();
  await Promise.all([deaf.closed, asking]);
  await watched.requireWhole();
});

test("requests behind one that closes the connection are not carried out, however the client goes on sending", { skip }, async () => {
  await using watched = await startWatchedHub();
  const { target } = watched;
  using client = await openWire(target.url);
  const last = requestHead("GET", firstPack(target), { ...signIn(target), Connection: "close" });
  const { id, bytes } = randomObject(100);
  const post = requestHead("POST", `/laptop/data/${id}`, { ...signIn(target), "Content-Length": bytes.length });
  await client.send(Buffer.concat([Buffer.from(last + post), bytes]));
  assert.equal(await client.reply(), 200);
  while (client.open && (await client.send(post))) await sleep(20);
  using after = await openWire(target.url);
  await after.send(requestHead("GET", `/laptop/data/${id}`, { ...signIn(target), Connection: "close" }));
  assert.equal(await after.reply(), 404);
  await watched.requireWhole();
});

test("requests sent all at once are answered in turn, and a flood of them costs its own connection", { skip }, async () => {
  await using watched = await startWatchedHub();
  const { target } = watched;
  const head = requestHead("GET", firstPack(target), signIn(target));
  using client = await openWire(target.url);
  await client.send(head.repeat(10));
  for (let count = 0; count < 10; count += 1) assert.equal(await client.reply(), 200);
  using flood = await openWire(target.url);
  const { id } = randomObject(1);
  // Behind an upload that is being stored none of them can have its turn.
  await flood.send(requestHead("POST", `/laptop/data/${id}`, { ...signIn(target), "Content-Length": 1 }));
  await flood.send(`x${head.repeat(5000)}`);
  assert.equal(await flood.reply(), 0);
  await flood.closed;
  client.socket.destroy();
  await watched.requireWhole();
});

test("one address has its share of connections, and another is answered all the same", { skip }, async () => {
  await using watched = await startWatchedHub();
  using clients = new DisposableStack();
  const statuses: number[] = [];
  for (let index = 0; index < 200; index += 1) {
    const client = clients.use(await openWire(watched.target.url).catch(() => undefined));
    if (client === undefined) continue;
    if (index % 10 !== 9) continue;
    await client.send(requestHead("GET", firstPack(watched.target), { ...signIn(watched.target), Connection: "close" }));
    statuses.push((await client.reply()) || 0);
  }
  assert.deepEqual([...new Set(statuses)], [200, 503, 0]);
  await watched.requireGoodAnswer();
  clients.dispose();
  await watched.requireWhole();
});

const STAGES = ["connected", "half a head", "head", "one byte", "half a body", "body", "body and a moment", "half a reply"] as const;
const VERBS = ["GET pack", "GET listing", "HEAD pack", "POST pack", "POST lock", "POST config", "POST create", "DELETE lock"] as const;

for (const verb of VERBS) {
  test(`a client that goes in the middle of ${verb}, with a reset or an end, leaves nothing`, { skip }, async () => {
    await using watched = await startWatchedHub();
    using client = await openWire(watched.target.url);
    const pack = Buffer.alloc(4 * MIB, 3);
    assert.equal(await postPack(client, watched.target, pack), 200);
    client.socket.destroy();
    for (const stage of STAGES) {
      for (const goes of ["reset", "end"] as const) await goInTheMiddle(watched, { verb, stage, goes, pack: sha256(pack) });
    }
    await watched.requireWhole();
    assert.deepEqual(watched.door.logLines, []); // nothing of this is a fault of the hub's
  });
}

async function goInTheMiddle(
  { target }: WatchedHub,
  {
    verb,
    stage,
    goes,
    pack,
  }: {
    readonly verb: (typeof VERBS)[number];
    readonly stage: (typeof STAGES)[number];
    readonly goes: "reset" | "end";
    readonly pack: string;
  },
): Promise<void> {
  const [method = "", what] = verb.split(" ");
  const body = method === "POST" && what !== "create" ? randomObject(what === "lock" ? 150 : 200_000).bytes : Buffer.of();
  const path = {
    pack: `/laptop/data/${method === "POST" ? sha256(body) : pack}`,
    listing: "/laptop/data/",
    lock: `/laptop/locks/${sha256(body)}`,
    config: "/laptop/config",
    create: `/laptop/made-${stage.replaceAll(" ", "-")}-${goes}/?create=true`,
  }[what ?? ""];
  const head = requestHead(method, path ?? "", { ...signIn(target), ...(method === "POST" ? { "Content-Length": body.length } : {}) });
  using client = await openWire(target.url);
  const order = STAGES.indexOf(stage);
  if (stage === "half a head") await client.send(head.slice(0, head.length / 2));
  if (order >= STAGES.indexOf("head")) await client.send(head);
  if (stage === "one byte") await client.send(body.subarray(0, 1));
  if (stage === "half a body") await client.send(body.subarray(0, body.length / 2));
  if (order >= STAGES.indexOf("body")) await client.send(body);
  if (stage === "body and a moment") await sleep(4);
  if (stage === "half a reply") {
    const { socket } = client;
    await new Promise<void>((resolve) => socket.once("readable", resolve).once("close", () => resolve()));
    socket.read(1);
  }
  if (goes === "reset") {
    client.socket.resetAndDestroy();
  } else {
    client.socket.end();
    await sleep(10);
  }
}

test("what is stored stays as it was while clients come and go in the middle", { skip }, async () => {
  await using watched = await startWatchedHub();
  using client = await openWire(watched.target.url);
  assert.equal(await postPack(client, watched.target, FIRST_PACK), 200); // equal bytes are welcome again
  for (let index = 0; index < 50; index += 1) {
    using broken = await openWire(watched.target.url);
    const fields = { ...signIn(watched.target), "Content-Length": FIRST_PACK.length };
    await broken.send(requestHead("POST", firstPack(watched.target), fields));
    await broken.send(FIRST_PACK.subarray(0, index % FIRST_PACK.length));
    broken.socket.resetAndDestroy();
  }
  client.socket.destroy();
  await watched.requireWhole();
});
