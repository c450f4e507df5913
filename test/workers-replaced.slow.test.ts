import assert from "node:assert/strict";
import { once } from "node:events";
import { type ClientHttp2Session, connect, constants } from "node:http2";
import { connect as connectSocket } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { basic, httpRequest, randomObject } from "./support/http-request.ts";
import { selfSigned, withoutOpenssl } from "./support/self-signed.ts";
import { type RunningHub, startHub } from "./support/start-hub.ts";
import { tempFolder } from "./support/temp-folder.ts";
import { requestHead } from "./support/wire-client.ts";
import { hammer, isAlive, logged } from "./support/worker-load.ts";
import { until, workersOf } from "./support/worker-pids.ts";

const skip = process.platform !== "linux" && "only Linux tells of the children of a process";
const LIMITS = { keepAliveTimeoutMs: 1000 };
/** Fewer than those of one connection that may wait for their turn: else the hub cuts it. */
const AHEAD = 15;
const AT_ONCE = 3;

test("four workers are replaced one after the other under load, without a lost request", { skip }, async () => {
  await using hub = await startHub({ workers: 4, config: { limits: LIMITS } });
  const { password } = await hub.addAccount("laptop");
  const before = workersOf(hub.pid);
  const clients = hammer(hub, basic({ login: "laptop", secret: password }));
  process.kill(hub.pid, "SIGUSR2");
  await until(() => logged(hub, "worker replaced") === 4);
  await sleep(300);
  const { answered, broken, hung } = await clients.stop();
  assert.deepEqual({ broken, hung }, { broken: 0, hung: 0 });
  assert.ok(answered > 0);
  await until(() => !before.some(isAlive));
  assert.equal(workersOf(hub.pid).length, 4);
});

test("requests that were sent ahead over HTTP/1.1 are all answered, in their order, while workers are replaced", { skip }, async () => {
  await using hub = await startHub({ workers: 2, config: { limits: LIMITS } });
  const { password } = await hub.addAccount("laptop");
  const authorization = basic({ login: "laptop", secret: password });
  await store(hub, authorization);
  let [isOver, whole, closes] = [false, 0, 0];
  const run = async () => {
    while (!isOver) {
      const { statuses, saidClose } = await askAhead(hub, authorization);
      assert.deepEqual(statuses, EXPECTED);
      whole += 1;
      if (saidClose) closes += 1;
    }
  };
  const clients = Promise.all([run(), run(), run(), run()]);
  await replaceTwice(hub, () => whole >= 20);
  isOver = true;
  await clients;
  assert.ok(closes > 0, "none of them was at a worker that gave way");
});

test("requests over HTTP/2 are answered, or refused so that they may be asked again, while workers are replaced", {
  skip: skip || withoutOpenssl(),
}, async () => {
  await using folder = await tempFolder();
  const pair = await selfSigned(folder.path);
  await using hub = await startHub({ workers: 2, config: { limits: LIMITS, tls: { restic: { enabled: true, ...pair } } } });
  const { password } = await hub.addAccount("laptop");
  const authorization = basic({ login: "laptop", secret: password });
  let [isOver, answered, goneAway] = [false, 0, 0];
  const run = async () => {
    while (!isOver) {
      const session = connect(hub.url.restic, { rejectUnauthorized: false }).on("error", () => undefined);
      session.once("goaway", (code) => {
        assert.equal(code, constants.NGHTTP2_NO_ERROR);
        goneAway += 1;
      });
      await once(session, "connect");
      while (!isOver && !session.closed && !session.destroyed) {
        const streams = Array.from({ length: 8 }, () => ask(session, authorization));
        for (const outcome of await Promise.all(streams)) {
          assert.notEqual(outcome, "lost");
          if (outcome === "answered") answered += 1;
        }
      }
      session.destroy();
    }
  };
  const clients = Promise.all([run(), run(), run(), run()]);
  await replaceTwice(hub, () => answered >= 200);
  isOver = true;
  await clients;
  assert.ok(goneAway > 0, "none of them was at a worker that gave way");
});

/** Twice in all, and until there was enough. */
async function replaceTwice(hub: RunningHub, isEnough: () => boolean): Promise<void> {
  for (const round of [1, 2]) {
    await sleep(300);
    process.kill(hub.pid, "SIGUSR2");
    await until(() => logged(hub, "worker replaced") === 2 * round);
  }
  await until(isEnough);
}

const { id, bytes } = randomObject(30_000);
/** A GET of what is there, then of what is not, and so on: an answer that is lost or out of its place shows. */
const EXPECTED = Array.from({ length: AHEAD }, (_, index) => (index % 2 === 0 ? 200 : 404));

async function store(hub: RunningHub, authorization: string): Promise<void> {
  const { status } = await httpRequest(hub.url.restic, "POST", `/laptop/data/${id}`, { headers: { authorization }, body: bytes });
  assert.equal(status, 200);
}

/** Sends them by threes without waiting for answers, and those that are not carried out once more over the next connection. */
async function askAhead(hub: RunningHub, authorization: string): Promise<{ statuses: number[]; saidClose: boolean }> {
  const targets = EXPECTED.map((status) => `/laptop/data/${status === 200 ? id : "0".repeat(64)}`);
  const statuses: number[] = [];
  let connections = 0;
  while (statuses.length < AHEAD) {
    const asked = targets.slice(statuses.length);
    const heads = asked.map((target, index) => {
      const last = index === asked.length - 1;
      return requestHead("GET", target, { Authorization: authorization, Connection: last ? "close" : "keep-alive" });
    });
    const { hostname, port } = new URL(hub.url.restic);
    const socket = connectSocket(Number(port), hostname);
    const read = socket.toArray(); // a reset is an error
    for (let next = 0; next < heads.length && !socket.writableEnded; next += AT_ONCE) {
      socket.write(heads.slice(next, next + AT_ONCE).join(""));
      await sleep(30);
    }
    const replies = repliesIn(Buffer.concat(await read));
    assert.match(replies.at(-1)?.head ?? "", /^connection: close\r?$/im, "the last one says that it is");
    statuses.push(...replies.map(({ status }) => status));
    connections += 1;
  }
  return { statuses, saidClose: connections > 1 };
}

/** All that came over a connection. Throws when there is half a reply. */
function repliesIn(all: Buffer): { readonly status: number; readonly head: string }[] {
  const replies = [];
  for (let start = 0; start < all.length; ) {
    const end = all.indexOf("\r\n\r\n", start);
    assert.ok(end > 0, "half a head");
    const head = all.toString("latin1", start, end);
    const lengthBytes = Number(/^content-length: (\d+)\r?$/im.exec(head)?.[1]);
    start = end + 4 + lengthBytes;
    assert.ok(start <= all.length, "half a body");
    if (lengthBytes === bytes.length) assert.ok(all.subarray(end + 4, start).equals(bytes));
    replies.push({ status: Number(head.slice(9, 12)), head });
  }
  return replies;
}

/** One request. `refused` says by the protocol that nothing of it was done; `lost` is one of which its client knows nothing. */
async function ask(session: ClientHttp2Session, authorization: string): Promise<"answered" | "refused" | "lost"> {
  let stream: ReturnType<ClientHttp2Session["request"]>;
  try {
    stream = session.request({ ":path": "/laptop/config", authorization }, { endStream: true });
  } catch {
    return "refused"; // the session had its GOAWAY: it was never sent
  }
  let status = 0;
  stream.on("error", () => undefined);
  stream.on("response", (headers) => {
    status = Number(headers[":status"]);
  });
  stream.resume();
  await new Promise<void>((resolve) => stream.once("close", resolve));
  if (status === 404 && stream.readableEnded) return "answered";
  return stream.rstCode === constants.NGHTTP2_REFUSED_STREAM ? "refused" : "lost";
}
