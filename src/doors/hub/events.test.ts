import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { openDatabase } from "#db/database.ts";
import { addToken } from "#domain/access/add-token.ts";
import { disableAccount } from "#domain/access/disable-account.ts";
import { disableToken } from "#domain/access/disable-token.ts";
import { removeGrant } from "#domain/access/remove-grant.ts";
import { rotateCredential } from "#domain/access/rotate-credential.ts";
import { newestChange } from "#domain/operations/list-operations.ts";
import { DEFAULT_LIMITS } from "#limits.ts";
import { HUB, OPERATOR } from "#model/actor.ts";
import type { NewOperation } from "#model/operation.ts";
import { type DoorHub, startDoorHub } from "../../../test/support/door-hub.ts";
import { type EventReader, fieldOf, named, readEvents } from "../../../test/support/event-stream.ts";
import { basic, httpRequest } from "../../../test/support/http-request.ts";
import { selfSigned, withoutOpenssl } from "../../../test/support/self-signed.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";

async function start(flags: Record<string, string> = {}) {
  const hub = await startDoorHub({ flags: { "localOperator.main": "false", ...flags } });
  const { core } = hub.hub;
  const { secret } = await addToken(core, OPERATOR, { name: "watcher", scopes: ["read"] });
  const main = hub.hub.addresses["main"] ?? "";
  const as = { authorization: `Bearer ${secret}` };
  return {
    hub,
    core,
    main,
    as,
    read: (query = "", headers: Record<string, string> = {}): Promise<EventReader> =>
      readEvents(main, `/events${query}`, { ...as, ...headers }),
    [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose](),
  };
}

function line(summary: string, more: Partial<NewOperation> = {}): NewOperation {
  return { kind: "backup.arrived", status: "succeeded", startedAtMs: 5, endedAtMs: 6, actor: HUB, summary, ...more };
}

async function write({ hub }: DoorHub, ...lines: NewOperation[]): Promise<void> {
  for (const one of lines) hub.core.timeline.record(one);
  await hub.core.timeline.flush();
}

const has = (summary: string) => (events: EventReader["events"]) => fieldOf(events, "summary").includes(summary);

/** What this process, both ends of the streams, holds once all waste is gone. */
function heldBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)(); // there is one now
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test("what happens is told as it happens, and after a cut from exactly there on: each change once and in order", async () => {
  await using it = await start();
  await it.core.timeline.flush();
  const from = await newestChange(it.core);
  const heard: unknown[] = [];
  const writing = (async () => {
    for (let count = 0; count < 60; count += 1) {
      await write(it.hub, line(`${count}`));
      await sleep(5);
    }
  })();
  let lastId = `${from}`;
  for (let round = 0; heard.length < 60; round += 1) {
    await using reader = await it.read(
      round % 2 === 0 ? `?after=${lastId}` : "?after=0",
      round % 2 === 0 ? {} : { "last-event-id": lastId },
    );
    assert.equal(reader.status, 200);
    assert.match(reader.headers["content-type"] ?? "", /^text\/event-stream/);
    await reader.until((events) => named(events, "operation").length > 0);
    await sleep(30);
    heard.push(...fieldOf(reader.events, "summary")); // hung up on at once: what came after is not counted
    lastId = reader.lastId ?? lastId;
  }
  await writing;
  assert.deepEqual(
    heard,
    Array.from({ length: 60 }, (_, index) => `${index}`),
  );
});

test("who comes without an id is told only of what comes, with the id of now to resume from", async () => {
  await using it = await start();
  await write(it.hub, line("before"));
  await using reader = await it.read();
  await reader.until((events) => events.length > 0);
  const cut = reader.lastId ?? "";
  await reader[Symbol.asyncDispose]();
  assert.equal(Number(cut), await newestChange(it.core));
  await write(it.hub, line("meanwhile"));
  await using again = await it.read("", { "last-event-id": cut });
  await again.until(has("meanwhile"));
  assert.deepEqual(fieldOf(again.events, "summary"), ["meanwhile"]);
});

test("another process that writes is heard, filters hold, and HEAD has no body", async () => {
  await using it = await start();
  await using elsewhere = await openDatabase({ kind: "sqlite", file: `${it.hub.data}/holdfast.sqlite`, limits: DEFAULT_LIMITS });
  await using reader = await it.read("?kind=cleanup.run&kind=lock.stale&below=/laptop");
  await reader.until((events) => events.length > 0);
  const lines = [
    line("another kind", { repository: "/laptop/" }),
    line("another place", { kind: "cleanup.run", repository: "/nas/" }),
    line("meant", { kind: "cleanup.run", repository: "/laptop/photos/" }),
  ];
  await elsewhere.write("writeTimeline", { lines, updates: [], process: "elsewhere", nowMs: 7 });
  await reader.until(has("meant"));
  assert.deepEqual(fieldOf(reader.events, "summary"), ["meant"]);
  const head = await httpRequest(it.main, "HEAD", "/api/v1/events", { headers: it.as });
  assert.deepEqual([head.status, head.body.length], [200, 0]);
  for (const wrong of ["?after=x", "?after=-1", "?kind=x", "?limit=3"]) {
    assert.equal((await httpRequest(it.main, "GET", `/api/v1/events${wrong}`, { headers: it.as })).status, 400, wrong);
  }
});

test("an id that is too old, or not of this timeline, is answered with a reset, and then with what is new", async () => {
  await using it = await start();
  await write(it.hub, ...Array.from({ length: 20 }, (_, index) => line(`${index}`)));
  await it.core.database.write("trimOperations", { beforeMs: 0, settingsBeforeMs: 0, mostLines: 3 });
  for (const after of ["1", "999999"]) {
    await using reader = await it.read(`?after=${after}`);
    await reader.until((events) => named(events, "reset").length > 0);
    await write(it.hub, line(`new after ${after}`));
    await reader.until(has(`new after ${after}`));
    assert.deepEqual(fieldOf(reader.events, "summary"), [`new after ${after}`]);
  }
});

test("a silent stream sends a comment, the stream ends after its time, and too many are refused", async () => {
  await using it = await start({ "limits.eventHeartbeatMs": "100", "limits.eventStreamMs": "1500", "limits.eventStreamsPerCaller": "2" });
  await using one = await it.read("?kind=trash.emptied");
  await using _ = await it.read();
  const refused = await httpRequest(it.main, "GET", "/api/v1/events", { headers: it.as });
  assert.deepEqual([refused.status, refused.headers["retry-after"]], [503, "1"]);
  const { secret } = await addToken(it.core, OPERATOR, { name: "another", scopes: ["read"] });
  assert.equal((await httpRequest(it.main, "GET", "/api/v1/events", { headers: { authorization: `Bearer ${secret}` } })).status, 200);
  assert.equal(await one.ended, "end");
  assert.ok(one.comments >= 5, `${one.comments}`);
  await sleep(50);
  assert.equal((await httpRequest(it.main, "GET", "/api/v1/events", { headers: it.as })).status, 200, "its place is free again");
});

test("a hundred followers hear the same, and the one whose token is disabled is cut off at once", { timeout: 60_000 }, async () => {
  await using it = await start({ "limits.connectionsPerAddress": "200", "limits.eventStreamsPerCaller": "150" });
  const { secret } = await addToken(it.core, OPERATOR, { name: "leaked", scopes: ["read"] });
  await using readers = new AsyncDisposableStack();
  const all = await Promise.all(Array.from({ length: 100 }, () => it.read()));
  for (const reader of all) readers.use(reader);
  await using leaked = await it.read("", { authorization: `Bearer ${secret}` });
  await leaked.until((events) => events.length > 0);
  await write(it.hub, line("for everybody"));
  await Promise.all([...all, leaked].map((reader) => reader.until(has("for everybody"))));
  await using elsewhere = await openDatabase({ kind: "sqlite", file: `${it.hub.data}/holdfast.sqlite`, limits: DEFAULT_LIMITS });
  const disabledAtMs = performance.now();
  await disableToken({ ...it.core, database: elsewhere }, OPERATOR, { name: "leaked" });
  await leaked.ended;
  assert.ok(performance.now() - disabledAtMs < 2500, `${performance.now() - disabledAtMs} ms`);
  assert.ok(!has("API token leaked was disabled")(leaked.events), "not even that");
  await write(it.hub, line("for the others"));
  await Promise.all(all.map((reader) => reader.until(has("for the others"))));
  for (const reader of all) {
    const ids = reader.events.flatMap(({ id }) => id ?? []).map(Number);
    assert.deepEqual(
      ids,
      ids.toSorted((a, b) => a - b),
    );
  }
});

test("an account follows what is its own; a taken grant counts with the next line, a rotated password and a disabled account end it", async () => {
  await using it = await start();
  const credentials = await it.hub.addAccount("pi");
  await it.hub.grant("pi", "/shared/", "read");
  const asPi = { authorization: basic(credentials) };
  await using reader = await it.read("", asPi);
  await reader.until((events) => events.length > 0);
  const nas = { account: "nas", actor: { kind: "account", name: "nas", login: "nas.x" }, address: "198.51.100.7" } as const;
  await write(it.hub, line("of nas", { ...nas, repository: "/nas/" }), line("shared", { ...nas, repository: "/shared/a/" }));
  await reader.until(has("shared"));
  await removeGrant(it.core, OPERATOR, { accountName: "pi", path: "/shared/" });
  await write(it.hub, line("no longer shared", { ...nas, repository: "/shared/a/" }), line("own", { account: "pi" }));
  await reader.until(has("own"));
  const told = named(reader.events, "operation");
  assert.deepEqual(fieldOf(told, "summary"), ["shared", "Account pi lost its role on /shared/", "own"]);
  assert.deepEqual([told[0]?.data?.["address"], told[0]?.data?.["actor"]], [null, { kind: "account", name: "nas", login: null }]);
  assert.equal(reader.events.length, told.length + 1, "no ids of what happens elsewhere");

  await rotateCredential(it.core, OPERATOR, { login: "pi", secret: "another password" });
  assert.equal(await reader.ended, "end");
  await using again = await it.read("", { authorization: basic({ login: "pi", secret: "another password" }) });
  await again.until((events) => events.length > 0);
  await disableAccount(it.core, OPERATOR, { name: "pi" });
  assert.equal(await again.ended, "end");
});

test("streams end when the hub stops, also that of a reader who takes nothing", { timeout: 30_000 }, async () => {
  const it = await start({ "limits.drainTimeoutMs": "500" });
  await using reader = await it.read();
  const { hostname, port } = new URL(it.main);
  const lazy = connect(Number(port), hostname).pause();
  lazy.write(`GET /api/v1/events?after=0 HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: ${it.as.authorization}\r\n\r\n`);
  await once(lazy, "connect");
  for (let batch = 0; batch < 12; batch += 1) await write(it.hub, ...Array.from({ length: 500 }, () => line("x".repeat(2000))));
  await reader.until((events) => named(events, "operation").length >= 6000);
  lazy.on("error", () => undefined);
  const stoppedAtMs = performance.now();
  await it[Symbol.asyncDispose]();
  assert.ok(performance.now() - stoppedAtMs < 5000, `${performance.now() - stoppedAtMs} ms`);
  assert.equal(await reader.ended, "end");
  lazy.destroy();
});

test("readers who take nothing make the hub hold nothing, and hear all of it when they go on", { timeout: 60_000 }, async (t) => {
  await using it = await start();
  await using readers = new AsyncDisposableStack();
  const lazy = await Promise.all(Array.from({ length: 20 }, () => it.read("?after=0")));
  for (const reader of lazy) readers.use(reader).pause();
  const [first] = lazy;
  const before = heldBytes();
  for (let batch = 0; batch < 8; batch += 1) {
    await write(it.hub, ...Array.from({ length: 500 }, (_, index) => line(`${batch * 500 + index} ${"x".repeat(1500)}`)));
  }
  const grownMiB = (heldBytes() - before) / 1024 / 1024;
  // 20 readers of 8 MiB each: 160 MiB, were it held.
  t.diagnostic(`grown by ${Math.round(grownMiB)} MiB`);
  assert.ok(grownMiB < 40, `${grownMiB} MiB`);
  first?.resume();
  await first?.until((events) => String(events.findLast(({ data }) => data !== undefined)?.data?.["summary"]).startsWith("3999 "));
  const numbers = fieldOf(first?.events ?? [], "change").map(Number);
  assert.deepEqual(
    numbers,
    Array.from({ length: numbers.length }, (_, index) => index + (numbers[0] ?? 0)),
  );
});

test("over HTTP/2 several streams share a connection, and hanging up on one leaves the others", { skip: withoutOpenssl() }, async () => {
  await using folder = await tempFolder();
  const { cert, key } = await selfSigned(folder.path);
  await using it = await start({ "tls.main.enabled": "true", "tls.main.cert": cert, "tls.main.key": key });
  const session = connectHttp2(it.main, { rejectUnauthorized: false });
  const follow = () => {
    const stream = session.request({ ":path": "/api/v1/events", ...it.as });
    const said = { text: "", status: 0, stream };
    stream.setEncoding("utf8").on("data", (chunk: string) => (said.text += chunk));
    stream.on("response", (headers) => (said.status = headers[":status"] ?? 0));
    return said;
  };
  const [one, other] = [follow(), follow()];
  const until = async (isSo: () => boolean) => {
    for (const endMs = performance.now() + 10_000; !isSo(); await sleep(20)) assert.ok(performance.now() < endMs, one.text);
  };
  await until(() => one.text.includes("id: ") && other.text.includes("id: "));
  assert.deepEqual([one.status, other.status], [200, 200]);
  one.stream.close();
  await write(it.hub, line("over HTTP/2"));
  await until(() => other.text.includes("over HTTP/2"));
  assert.ok(!one.text.includes("over HTTP/2"));
  session.destroy();
});
