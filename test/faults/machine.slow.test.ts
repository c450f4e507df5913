import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync, readdirSync, symlinkSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { findOnPath } from "../clients/find-on-path.ts";
import { basic, httpRequest, type Reply, randomObject } from "../support/http-request.ts";
import { noSmallDisk, smallDisk } from "../support/small-disk.ts";
import { type RunningHub, startHub } from "../support/start-hub.ts";
import { tempFolder } from "../support/temp-folder.ts";

const MiB = 2 ** 20;
const withoutDisk = noSmallDisk();
const withoutPrlimit = findOnPath("prlimit") === undefined && "there is no prlimit here";
const TIGHT = { limits: { reserveBytes: 4096, reserveShare: 0.000001 } };

/** A hub with the account `laptop` and its repository; `send` asks as that account. */
async function withLaptop(hub: RunningHub) {
  const { password } = await hub.addAccount("laptop");
  const credentials = { login: "laptop", secret: password };
  const send = (method: string, target: string, body?: Uint8Array | AsyncIterable<Uint8Array>): Promise<Reply> =>
    httpRequest(hub.url.restic, method, `/laptop/${target}`, { credentials, ...(body !== undefined && { body }) });
  assert.equal((await send("POST", "?create=true")).status, 200);
  assert.equal((await send("POST", "config", Buffer.from("config"))).status, 200);
  return { send, credentials };
}

async function readiness(hub: RunningHub): Promise<string> {
  const { status, body } = await httpRequest(hub.url.main, "GET", "/readyz");
  return `${status} ${body}`.trim();
}

/** The answer is kept for some seconds. */
async function waitUntilReadiness(hub: RunningHub, wanted: string): Promise<void> {
  const deadlineMs = performance.now() + 20_000;
  for (let said = ""; said !== wanted; await sleep(200)) {
    said = await readiness(hub);
    assert.ok(performance.now() < deadlineMs, `it still says ${said}`);
  }
}

/** Everything that an upload under way may leave. */
const temps = (hub: RunningHub) => globSync("files/**/.hub-tmp/*", { cwd: hub.data });

/** A line of the log is written within a moment. */
async function waitForLine(hub: RunningHub, pattern: RegExp): Promise<string> {
  for (let tries = 0; ; tries += 1) {
    const line = hub.logLines().find((each) => pattern.test(each));
    if (line !== undefined) return line;
    assert.ok(tries < 100, `no line like ${pattern}`);
    await sleep(50);
  }
}

test("1.2, 1.5: a disk that is really full is 507 in the middle of an upload too, and with room again it works at once", {
  skip: withoutDisk,
}, async () => {
  await using disk = await smallDisk(24 * MiB);
  await using hub = await startHub({ data: disk.path, config: TIGHT });
  const { send } = await withLaptop(hub);
  const kept = randomObject(MiB);
  assert.equal((await send("POST", `data/${kept.id}`, kept.bytes)).status, 200);

  const { id, bytes } = randomObject(2 * MiB + 200_000);
  const begun = Promise.withResolvers<void>();
  const slowly = async function* () {
    yield bytes.subarray(0, 2 * MiB);
    await begun.promise;
    yield bytes.subarray(2 * MiB);
  };
  const upload = send("POST", `data/${id}`, slowly());
  while (temps(hub).length === 0) await sleep(10);
  disk.fillBut(0);
  begun.resolve();
  const refused = await upload;
  assert.equal(refused.status, 507);
  assert.deepEqual(temps(hub), []);
  disk.fillBut(0); // what the upload had is free again
  assert.equal((await send("POST", `data/${id}`, bytes)).status, 507);
  assert.deepEqual((await send("GET", `data/${kept.id}`)).body, kept.bytes);

  disk.empty();
  assert.equal((await send("POST", `data/${id}`, bytes)).status, 200);
  assert.deepEqual((await send("GET", `data/${id}`)).body, bytes);
  await waitForLine(hub, /"level":"error".*there is no room/);
  await waitUntilReadiness(hub, "204");
  await hub.stop();
});

test("a disk that becomes read-only refuses what changes with 503 and says so, serves what it has, and is over without a restart", {
  skip: withoutDisk,
}, async () => {
  await using disk = await smallDisk(24 * MiB);
  await using folder = await tempFolder();
  symlinkSync(disk.path, join(folder.path, "files")); // the database stays elsewhere: what is in use cannot be made read-only
  await using hub = await startHub({ data: folder.path, config: TIGHT });
  const { send } = await withLaptop(hub);
  const kept = randomObject(100_000);
  assert.equal((await send("POST", `data/${kept.id}`, kept.bytes)).status, 200);
  disk.remount("ro");
  const fresh = randomObject(100_000);
  for (const [method, target, body] of [
    ["POST", `data/${fresh.id}`, fresh.bytes],
    ["DELETE", `data/${kept.id}`],
  ] as const) {
    const refused = await send(method, target, body);
    assert.deepEqual([refused.status, refused.reason], [503, "The backup server's disk is read-only"], method);
  }
  assert.deepEqual((await send("GET", `data/${kept.id}`)).body, kept.bytes);
  assert.equal(await readiness(hub), "503 The storage cannot be written");
  await waitForLine(hub, /"level":"error".*EROFS/);
  disk.remount("rw");
  assert.equal((await send("POST", `data/${fresh.id}`, fresh.bytes)).status, 200);
  assert.equal((await send("DELETE", `data/${kept.id}`)).status, 200);
  await waitUntilReadiness(hub, "204");
  await hub.stop();
});

/** Sets a limit of a running process. */
function setLimit(pid: number, name: "nofile" | "fsize", value: number | "unlimited"): void {
  execFileSync("prlimit", ["--pid", String(pid), `--${name}=${value}:${name === "nofile" ? "" : "unlimited"}`]);
}

test("a hub without a file descriptor left answers 503 on the connections it has, survives those it cannot accept, and recovers", {
  skip: withoutPrlimit,
}, async () => {
  await using hub = await startHub();
  const { send, credentials } = await withLaptop(hub);
  const { id, bytes } = randomObject(300_000);
  assert.equal((await send("POST", `data/${id}`, bytes)).status, 200);
  using agent = Object.assign(new Agent({ keepAlive: true, maxSockets: 1 }), { [Symbol.dispose]: () => agent.destroy() });
  const sendAgain = (method: string, target: string, body?: Buffer) => requestThrough(agent, hub, { method, target, body, credentials });
  assert.equal((await sendAgain("GET", `data/${id}`)).status, 200);

  await sleep(500); // connections of before are gone
  setLimit(hub.pid, "nofile", lowestFree(readdirSync(`/proc/${hub.pid}/fd`)));
  const other = randomObject(300_000);
  const refused = await sendAgain("POST", `data/${other.id}`, other.bytes);
  assert.equal(refused.status, 503, refused.reason);
  assert.match(refused.reason, /open files/);
  // Whoever connects meanwhile is not served, and does not take the hub down.
  const strangers = await Promise.all(Array.from({ length: 30 }, () => tryConnect(hub)));
  await sleep(300);
  setLimit(hub.pid, "nofile", 4096);
  for (const socket of strangers) socket?.destroy();
  assert.equal((await send("POST", `data/${other.id}`, other.bytes)).status, 200);
  assert.deepEqual((await send("GET", `data/${id}`)).body, bytes);
  assert.deepEqual(temps(hub), []);
  await waitForLine(hub, /EMFILE/);
});

/** A new descriptor has the lowest number that is free, and the limit is on the number. */
function lowestFree(descriptors: readonly string[]): number {
  for (let number = 0; ; number += 1) if (!descriptors.includes(String(number))) return number;
}

async function tryConnect(hub: RunningHub): Promise<Socket | undefined> {
  const { port, hostname } = new URL(hub.url.restic);
  const socket = connect({ port: Number(port), host: hostname });
  return await new Promise((resolve) => {
    socket.once("connect", () => resolve(socket));
    socket.once("error", () => resolve(undefined));
    socket.setTimeout(2000, () => resolve(socket));
  });
}

interface Asked {
  readonly method: string;
  readonly target: string;
  readonly body: Buffer | undefined;
  readonly credentials: { readonly login: string; readonly secret: string };
}

async function requestThrough(agent: Agent, hub: RunningHub, { method, target, body, credentials }: Asked) {
  const { port, hostname } = new URL(hub.url.restic);
  const headers = { authorization: basic(credentials), ...(body !== undefined && { "content-length": body.length }) };
  const outgoing = request({ agent, host: hostname, port, method, path: `/laptop/${target}`, headers });
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; reason: string }>();
  outgoing.on("error", reject);
  outgoing.on("response", (incoming) => {
    incoming.resume();
    incoming.on("end", () => resolve({ status: incoming.statusCode, reason: incoming.statusMessage ?? "" }));
  });
  outgoing.end(body);
  return await promise;
}

test("a file that is larger than the file system takes is 403, which restic does not ask again, and leaves nothing", {
  skip: withoutPrlimit,
}, async () => {
  await using hub = await startHub();
  const { send } = await withLaptop(hub);
  setLimit(hub.pid, "fsize", 8 * MiB);
  const large = randomObject(9 * MiB);
  const refused = await send("POST", `data/${large.id}`, large.bytes);
  assert.deepEqual([refused.status, refused.reason], [403, "The backup server's file system takes no file of this size"]);
  assert.deepEqual(temps(hub), []);
  const small = randomObject(MiB);
  assert.equal((await send("POST", `data/${small.id}`, small.bytes)).status, 200);
  setLimit(hub.pid, "fsize", "unlimited");
  assert.equal((await send("POST", `data/${large.id}`, large.bytes)).status, 200);
});
