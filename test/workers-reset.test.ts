import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { basic, httpRequest } from "./support/http-request.ts";
import { resetBehind, resetBehindHandshake } from "./support/reset-behind.ts";
import { selfSigned, withoutOpenssl } from "./support/self-signed.ts";
import { type RunningHub, startHub } from "./support/start-hub.ts";
import { tempFolder } from "./support/temp-folder.ts";
import { until, workersOf } from "./support/worker-pids.ts";

const skip = process.platform !== "linux" && "only Linux tells of the children of a process";
const BELIEVES_UNIX = { proxy: { peers: ["unix"], userHeader: "X-User" }, log: { requests: "all" } };
const TRIES = 10;

type RequestLine = Readonly<Record<string, unknown>>;

function requestLines(hub: RunningHub): RequestLine[] {
  const lines = hub.logLines().map((line) => JSON.parse(line) as RequestLine); // our own log
  return lines.filter(({ message }) => message === "request");
}

function portOf(hub: RunningHub): number {
  return Number(new URL(hub.url.restic).port);
}

function signalWorkers(hub: RunningHub, signal: NodeJS.Signals): void {
  for (const pid of workersOf(hub.pid)) process.kill(pid, signal);
}

/** Sends each text on a connection that the primary has accepted, and resets that before a worker has come to look at it. */
async function resetBeforeWorkersLook(hub: RunningHub, texts: readonly string[]): Promise<void> {
  signalWorkers(hub, "SIGSTOP");
  const sockets = texts.map(() => connect(portOf(hub), "127.0.0.1").on("error", () => undefined));
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  await sleep(500); // the primary hands them over
  for (const [index, socket] of sockets.entries()) {
    socket.write(texts[index] ?? "");
    socket.resetAndDestroy();
  }
  signalWorkers(hub, "SIGCONT");
}

const impostor = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\nX-User: laptop\r\nX-Forwarded-For: 198.51.100.9\r\n\r\n`;

test("a client that resets its connection passes for nobody on a unix socket, whether primary or worker learns of it", {
  skip,
}, async () => {
  await using hub = await startHub({ workers: 2, config: BELIEVES_UNIX });
  await hub.addAccount("laptop");
  process.kill(hub.pid, "SIGSTOP");
  resetBehind(portOf(hub), impostor("/laptop/primary"), TRIES);
  process.kill(hub.pid, "SIGCONT");
  await resetBeforeWorkersLook(hub, Array(TRIES).fill(impostor("/laptop/worker")));
  const last = await httpRequest(hub.url.restic, "GET", "/laptop/config", { headers: { "X-User": "laptop" } });
  assert.equal(last.status, 401);
  await until(() => requestLines(hub).some(({ target }) => target === "/laptop/config"));
  assert.ok(requestLines(hub).some(({ target }) => target === "/laptop/worker"));
  for (const line of requestLines(hub)) assert.deepEqual([line["address"], line["account"]], ["127.0.0.1", undefined]);
});

test("nor does one that resets it behind the handshake of TLS", { skip: skip || withoutOpenssl() }, async () => {
  await using folder = await tempFolder();
  const { cert, key } = await selfSigned(folder.path);
  await using hub = await startHub({ workers: 2, config: { ...BELIEVES_UNIX, tls: { restic: { enabled: true, cert, key } } } });
  await hub.addAccount("laptop");
  for (let tries = 0; tries < TRIES; tries += 1) {
    await resetBehindHandshake(portOf(hub), impostor("/laptop/worker"), {
      beforeLast: () => signalWorkers(hub, "SIGSTOP"),
    });
    signalWorkers(hub, "SIGCONT");
  }
  await sleep(200);
  await httpRequest(hub.url.main, "GET", "/healthz");
  await until(() => requestLines(hub).some(({ listener }) => listener === "main"));
  for (const line of requestLines(hub)) assert.deepEqual([line["address"], line["account"]], ["127.0.0.1", undefined]);
});

test("guesses behind which the connection is reset count for the address that they came from", { skip }, async () => {
  await using hub = await startHub({ workers: 2, config: { limits: { failuresPerWindow: 3 }, log: { requests: "all" } } });
  const guess = (name: string) =>
    `GET /x/config HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${basic({ login: name, secret: "a guess" })}\r\n\r\n`;
  await resetBeforeWorkersLook(hub, ["one", "two", "three"].map(guess));
  await until(() => requestLines(hub).length === 3);
  assert.ok(requestLines(hub).every(({ address }) => address === "127.0.0.1"));
  // Three have failed from there; without them these two would both be looked at.
  const next = async () => await httpRequest(hub.url.restic, "GET", "/x/config", { credentials: { login: "four", secret: "a guess" } });
  await next();
  assert.match((await next()).reason, /^Too many failed sign-ins/);
});
