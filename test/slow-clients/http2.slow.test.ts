import assert from "node:assert/strict";
import { connect as connectPlain } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type LoadTarget, MIB, signIn } from "../memory/load.ts";
import { postPack } from "../memory/uploads.ts";
import { randomObject, sha256 } from "../support/http-request.ts";
import { leftovers } from "../support/leftovers.ts";
import { openDescriptors, withoutProc } from "../support/process-tree.ts";
import { withoutOpenssl } from "../support/self-signed.ts";
import { openWire } from "../support/wire-client.ts";
import { FLAG, FRAME, frame, openFrames, requestFrame, SETTING } from "./http2-frames.ts";
import { LONG_WAITS, startWatchedHub, WAITS, type WatchedHub } from "./watched-hub.ts";

const skip = withoutProc() || withoutOpenssl();
const PATIENCE_MS = 20_000;

test("over HTTP/2 readers that open no window, or do not read at all, lose their streams, and the files are closed", { skip }, async () => {
  await using watched = await startWatchedHub({ secure: true });
  const path = await storePack(watched);
  for (const how of ["no window", "deaf"] as const) {
    using client = await openFrames(watched.target.url, { settings: how === "no window" ? [[SETTING.initialWindow, 0]] : [] });
    if (how === "deaf") client.stopReading();
    const ask = Array.from({ length: 40 }, (_, index) => requestFrame(2 * index + 1, get(watched.target, path), GET_FLAGS));
    await client.send(Buffer.concat(ask));
    await until("the pack is opened", () => openPacks() > 0);
    await watched.requireGoodAnswer();
    await until("the pack is closed", () => openPacks() === 0);
    if (how === "no window") await until("streams are reset", () => client.received(FRAME.reset) === 40);
  }
  await watched.requireWhole();
});

test("over HTTP/2 an upload that only sends empty frames is given up like one that sends nothing", { skip }, async () => {
  await using watched = await startWatchedHub({ secure: true });
  using client = await openFrames(watched.target.url);
  const { id } = randomObject(1);
  await client.send(requestFrame(1, { ...post(watched.target, id), "content-length": "1000" }));
  await client.send(frame(FRAME.data, FLAG.none, 1, Buffer.from("x")));
  await until("its file is begun", () => leftovers(watched.door).length > 0);
  const empty = frame(FRAME.data, FLAG.none, 1);
  await until("it is given up", async () => {
    await client.send(Buffer.concat(Array(20).fill(empty)));
    return client.isClosed || client.received(FRAME.headers) + client.received(FRAME.reset) > 0;
  });
  await until("its file is gone", () => leftovers(watched.door).length === 0);
  client[Symbol.dispose]();
  await watched.requireWhole();
});

test("HB-7: over TLS a client that is slow with its handshake, its preface or its header block is cut", { skip }, async () => {
  await using watched = await startWatchedHub({ secure: true });
  const { port } = new URL(watched.target.url);
  const closed: Promise<unknown>[] = [];
  for (const bytes of ["", "16", "160301020001", "1603010200010001fc0303"]) {
    const socket = connectPlain({ port: Number(port), host: "127.0.0.1" });
    socket.on("error", () => undefined);
    socket.resume();
    if (bytes !== "") socket.write(Buffer.from(bytes, "hex"));
    closed.push(new Promise((resolve) => socket.once("close", resolve)));
  }
  const silent = await openFrames(watched.target.url, { preface: false });
  const stalled = await openFrames(watched.target.url);
  await stalled.send(requestFrame(1, get(watched.target, "/"), FLAG.endStream)); // and the rest of its headers never comes
  closed.push(silent.closed, stalled.closed);
  await watched.requireGoodAnswer();
  await Promise.all(closed);
  await watched.requireWhole();
});

const FLOODS: Readonly<Record<string, (target: LoadTarget, turn: number) => Buffer>> = {
  // CVE-2023-44487
  "streams that are reset at once": (target, turn) =>
    pieces(100, (index) => {
      const stream = 2 * (turn * 100 + index) + 1;
      return Buffer.concat([requestFrame(stream, get(target, "/laptop/data/"), GET_FLAGS), reset(stream)]);
    }),
  "uploads that are reset at once": (target, turn) =>
    pieces(100, (index) => {
      const stream = 2 * (turn * 100 + index) + 1;
      return Buffer.concat([requestFrame(stream, post(target, "0".repeat(64))), frame(FRAME.data, 0, stream, ONE), reset(stream)]);
    }),
  // CVE-2024-27983, CVE-2024-27316
  "a header block without an end": (target, turn) =>
    turn === 0 ? requestFrame(1, get(target, "/"), FLAG.none) : pieces(20, () => frame(FRAME.continuation, 0, 1, Buffer.alloc(8000, 0))),
  "header blocks that break off with the connection": (target, turn) =>
    Buffer.concat([requestFrame(2 * turn + 1, get(target, "/"), FLAG.none), frame(FRAME.ping, 0, 0, Buffer.alloc(8))]),
  "frames for streams that are not open": (_, turn) => pieces(100, (index) => frame(FRAME.data, 0, 2 * (turn * 100 + index) + 1, ONE)),
};

for (const [name, pieceOf] of Object.entries(FLOODS)) {
  test(`over HTTP/2 a flood of ${name} costs its own connection`, { skip }, async () => {
    await using watched = await startWatchedHub({ secure: true, flags: LONG_WAITS });
    using client = await openFrames(watched.target.url);
    const flooding = (async () => {
      for (let turn = 0; turn < 3000; turn += 1) {
        if (!(await client.send(pieceOf(watched.target, turn)))) return true;
        await sleep(1);
      }
      return false;
    })();
    await watched.requireGoodAnswer();
    assert.ok(await flooding, "it is still connected");
    await watched.requireWhole();
  });
}

// Each of them asks for an answer, which this client does not take (CVE-2019-9512, CVE-2019-9515).
for (const [name, one] of [
  ["pings", frame(FRAME.ping, 0, 0, Buffer.alloc(8))],
  ["settings", frame(FRAME.settings, 0, 0)],
] as const) {
  test(`over HTTP/2 a flood of ${name} from a client that does not read is held back or cut`, { skip }, async () => {
    await using watched = await startWatchedHub({ secure: true, flags: LONG_WAITS });
    using client = await openFrames(watched.target.url);
    client.stopReading();
    const piece = Buffer.concat(Array(2000).fill(one));
    const flooding = (async () => {
      let turns = 0;
      while (turns < 20_000 && (await client.send(piece, 2000))) turns += 1;
      return turns;
    })();
    await watched.requireGoodAnswer();
    assert.ok((await flooding) < 20_000, "the hub took all of it");
    client[Symbol.dispose]();
    await watched.requireWhole();
  });
}

test("over HTTP/2 uploads and downloads that are reset, or whose connection breaks, at any moment leave nothing", { skip }, async () => {
  await using watched = await startWatchedHub({ secure: true });
  const path = await storePack(watched);
  const body = Buffer.alloc(16_000, 1);
  for (const ends of ["reset", "goaway", "break"] as const) {
    for (let moment = 0; moment < 8; moment += 1) {
      using client = await openFrames(watched.target.url);
      for (let stream = 1; stream < 20; stream += 4) {
        const { id } = randomObject(8);
        await client.send(requestFrame(stream, { ...post(watched.target, id), "content-length": `${3 * body.length}` }));
        for (let sent = 0; sent < moment % 4; sent += 1) await client.send(frame(FRAME.data, FLAG.none, stream, body));
        await client.send(requestFrame(stream + 2, get(watched.target, path), GET_FLAGS));
        if (moment >= 4) await sleep(5);
        if (ends === "reset") await client.send(Buffer.concat([reset(stream), reset(stream + 2)]));
      }
      if (ends === "goaway") await client.send(frame(FRAME.goaway, 0, 0, Buffer.alloc(8)));
    }
  }
  await watched.requireWhole();
  assert.deepEqual(watched.door.logLines, []);
});

const ONE = Buffer.from("x");
const GET_FLAGS = FLAG.endHeaders + FLAG.endStream;

function get(target: LoadTarget, path: string): Record<string, string> {
  return { ":method": "GET", ":path": path, authorization: signIn(target).Authorization };
}

function post(target: LoadTarget, id: string): Record<string, string> {
  return { ":method": "POST", ":path": `/laptop/data/${id}`, authorization: signIn(target).Authorization };
}

function reset(stream: number): Buffer {
  return frame(FRAME.reset, 0, stream, Buffer.of(0, 0, 0, 8));
}

function pieces(count: number, one: (index: number) => Buffer): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, index) => one(index)));
}

const PACK = Buffer.alloc(4 * MIB, 6);
const PACK_ID = sha256(PACK);

async function storePack({ target }: WatchedHub): Promise<string> {
  using client = await openWire(target.url);
  assert.equal(await postPack(client, target, PACK), 200);
  return `/laptop/data/${PACK_ID}`;
}

/** How often this process, and so the hub, has the pack open. */
function openPacks(): number {
  return openDescriptors([process.pid]).filter((path) => path.endsWith(PACK_ID)).length;
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const startedAtMs = performance.now(); performance.now() - startedAtMs < PATIENCE_MS; await sleep(WAITS.drainTimeoutMs / 20)) {
    if (await isSo()) return;
  }
  throw new Error(`waited in vain until ${what}`);
}
