import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { Agent } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { resticClient, withoutRestic } from "./clients/restic.ts";
import { basic, httpRequest } from "./support/http-request.ts";
import { restoreAndCompare } from "./support/restic-lifecycle.ts";
import { selfSigned, withoutOpenssl } from "./support/self-signed.ts";
import { type RunningHub, startHub } from "./support/start-hub.ts";
import { tempFolder } from "./support/temp-folder.ts";
import { makeTree } from "./support/tree.ts";
import { isAlive, logged, slowUpload, statusOf } from "./support/worker-load.ts";
import { until, workersOf } from "./support/worker-pids.ts";

const VERSION = "0.19.1";
const skip = process.platform !== "linux" && "only Linux tells of the children of a process";
/** restic waits longer after each request that breaks, and would give up in the end. */
const MOST_KILLED = 4;
const skipRestic = skip || withoutRestic(VERSION);

test("a primary that is killed takes its workers with it, and the hub starts again on the same folder", { skip }, async () => {
  await using hub = await startHub({ workers: 2 });
  const workers = workersOf(hub.pid);
  await hub.kill();
  await until(() => !workers.some(isAlive));
  await hub.restart();
  assert.equal((await httpRequest(hub.url.main, "GET", "/readyz")).status, 204);
});

test("a hub with workers that is stopped lets an upload end, and a second signal ends it at once", { skip }, async () => {
  await using hub = await startHub({ workers: 2 });
  const { password } = await hub.addAccount("laptop");
  const authorization = basic({ login: "laptop", secret: password });
  const upload = slowUpload(hub, authorization);
  await upload.begun;
  const stopped = hub.stop();
  await until(() => logged(hub, "stopping") === 1);
  await assert.rejects(httpRequest(hub.url.restic, "GET", "/"), /ECONNREFUSED/);
  upload.finish();
  assert.equal(await upload.status, 200);
  assert.equal(await stopped, 0);

  await hub.restart();
  const workers = workersOf(hub.pid);
  const other = slowUpload(hub, authorization);
  await other.begun;
  other.status.catch(() => undefined);
  process.kill(hub.pid, "SIGTERM");
  await until(() => logged(hub, "stopping") === 1);
  await sleep(1100);
  assert.equal(await hub.stop(), 1);
  await until(() => !workers.some(isAlive));
});

test("a unix socket of a hub with workers has its mode, replaces a stale one and goes with the hub", { skip }, async () => {
  await using hub = await startHub({ workers: 2 });
  await hub.stop();
  const path = join(hub.folder, "restic.sock");
  for (const mode of ["0600", "0660"]) {
    await using again = await startHub({ workers: 2, data: hub.data, args: ["--listen-restic", `unix:${path}?mode=${mode}`] });
    assert.equal((statSync(path).mode & 0o777).toString(8), mode.slice(1));
    for (let count = 0; count < 4; count += 1) assert.equal((await httpRequest(again.url.restic, "GET", "/x/config")).status, 401);
    if (mode === "0600") await again.kill();
    else assert.equal(await again.stop(), 0);
    assert.equal(existsSync(path), mode === "0600");
  }
});

test("workers look for connections that are late with their headers, and count those of an address together", { skip }, async () => {
  const limits = { headersTimeoutMs: 500, connectionsPerAddress: 3 };
  await using hub = await startHub({ workers: 2, config: { limits } });
  const url = `${hub.url.restic}/x/config`;
  const agents = Array.from({ length: 4 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  const statuses = [];
  for (const agent of agents) statuses.push(await statusOf(url, agent));
  assert.deepEqual(statuses, [401, 401, 401, 503]);
  for (const agent of agents) agent.destroy();
  await until(async () => (await httpRequest(hub.url.restic, "GET", "/x/config")).status === 401);

  const { hostname, port } = new URL(hub.url.restic);
  const late = connect(Number(port), hostname);
  late.write("GET /x/config HTTP/1.1\r\nHost: localhost\r\n");
  assert.match(Buffer.concat(await late.toArray()).toString("latin1"), /^HTTP\/1\.1 408/);
});

test("workers that die again and again are followed after ever longer pauses", { skip }, async () => {
  await using hub = await startHub({ workers: 2, config: { limits: { workerPauseMs: 2000 } } });
  for (let round = 0; round < 5; round += 1) {
    await until(() => workersOf(hub.pid).length === 2);
    const [pid = 0] = workersOf(hub.pid);
    process.kill(pid, "SIGKILL");
    await until(() => !workersOf(hub.pid).includes(pid));
  }
  await until(() => pauses(hub).length >= 1);
  assert.ok(
    pauses(hub).every((pause, index, all) => pause <= 2000 && pause >= (all[index - 1] ?? 250)),
    `${pauses(hub)}`,
  );
  await until(() => workersOf(hub.pid).length === 2);
  assert.equal((await httpRequest(hub.url.main, "GET", "/readyz")).status, 204);
});

test("a worker that hangs is ended, and who was handed to it is served by another", { skip }, async () => {
  await using hub = await startHub({ workers: 2, config: { limits: { workerSilenceMs: 2000 } } });
  const [pid = 0] = workersOf(hub.pid);
  process.kill(pid, "SIGSTOP");
  const replies = await Promise.all(Array.from({ length: 6 }, () => httpRequest(hub.url.restic, "GET", "/x/config")));
  assert.ok(replies.every(({ status }) => status === 401));
  await until(() => logged(hub, "a worker does not answer and is ended") === 1);
  assert.equal(isAlive(pid), false);
});

test("a worker that was replaced is stopped when its requests do not end in time", { skip }, async () => {
  await using hub = await startHub({ workers: 2, config: { limits: { workerRetireMs: 1000, shutdownMs: 500 } } });
  const { password } = await hub.addAccount("laptop");
  const before = workersOf(hub.pid);
  const upload = slowUpload(hub, basic({ login: "laptop", secret: password }));
  await upload.begun;
  const broken = assert.rejects(upload.status);
  process.kill(hub.pid, "SIGUSR2");
  await broken;
  await until(() => !before.some(isAlive));
  assert.equal((await httpRequest(hub.url.main, "GET", "/readyz")).status, 204);
});

test("SIGHUP has every worker read the certificates again", { skip: skip || withoutOpenssl() }, async () => {
  await using folder = await tempFolder();
  const pair = { cert: join(folder.path, "cert.pem"), key: join(folder.path, "key.pem") };
  const use = async (name: string) => {
    const { cert, key } = await selfSigned(folder.path, name);
    await copyFile(cert, pair.cert);
    await copyFile(key, pair.key);
  };
  await use("first");
  const config = { tls: { restic: { enabled: true, ...pair } }, limits: { certificateCheckMs: 600_000 } };
  await using hub = await startHub({ workers: 3, config });
  const names = async () => {
    const sockets = Array.from({ length: 3 }, () => connectTls({ port: Number(new URL(hub.url.restic).port), rejectUnauthorized: false }));
    await Promise.all(sockets.map((socket) => once(socket, "secureConnect"))); // open at once, so that each is at another worker
    const found = sockets.map((socket) => socket.getPeerCertificate().subject.CN);
    for (const socket of sockets) socket.destroy();
    return found.join();
  };
  assert.equal(await names(), "first,first,first");
  await use("second");
  process.kill(hub.pid, "SIGHUP");
  await until(async () => (await names()) === "second,second,second");
  await until(() => logged(hub, "certificate reloaded") === 3);
  const told = hub.logLines().filter((line) => line.includes('"certificate reloaded"'));
  const tellers = told.map((line) => (JSON.parse(line) as { worker?: number }).worker); // our own log
  assert.deepEqual(tellers.toSorted(), workersOf(hub.pid).toSorted());
});

for (const speaks of ["HTTP/1.1", "HTTP/2"] as const) {
  test(`restic over ${speaks} backs up, checks and restores while the workers are replaced again and again`, {
    skip: skipRestic || withoutOpenssl(),
  }, async () => {
    await using folder = await tempFolder();
    const pair = await selfSigned(folder.path);
    const tls = speaks === "HTTP/2" ? { tls: { restic: { enabled: true, ...pair } } } : {};
    await using hub = await startHub({ workers: 2, config: { limits: { keepAliveTimeoutMs: 2000 }, ...tls } });
    const said = await liveThrough(hub, speaks === "HTTP/2" ? pair.cert : undefined, {
      disturb: async () => {
        process.kill(hub.pid, "SIGUSR2");
        await sleep(300);
      },
      isEnough: () => logged(hub, "worker replaced") >= 4,
    });
    assert.doesNotMatch(said, /retrying/);
    const [{ length }] = [hub.logLines().filter((line) => /"status":5\d\d/.test(line))];
    assert.equal(length, 0);
  });
}

test("restic backs up, checks and restores while workers are killed", { skip: skipRestic }, async () => {
  await using hub = await startHub({ workers: 2, config: { limits: { workerPauseMs: 500 } } });
  let killed = 0;
  await liveThrough(hub, undefined, {
    disturb: async () => {
      const [pid] = workersOf(hub.pid);
      if (pid !== undefined && killed < MOST_KILLED) {
        process.kill(pid, "SIGKILL");
        killed += 1;
      }
      await sleep(2000);
    },
    isEnough: () => killed === MOST_KILLED,
  });
});

interface Disturbance {
  readonly disturb: () => Promise<void>;
  readonly isEnough: () => boolean;
}

/** One backup after another while `disturb` is called again and again, until that is enough; a check and a restore. Resolves to what restic said on stderr. */
async function liveThrough(hub: RunningHub, caCert: string | undefined, { disturb, isEnough }: Disturbance): Promise<string> {
  const { url } = await hub.addAccount("laptop");
  const cwd = join(hub.folder, "work");
  const tree = join(cwd, "tree");
  await mkdir(tree, { recursive: true });
  await makeTree(tree, { seed: 5 });
  const globalArgs = caCert === undefined ? [] : ["--cacert", caCert];
  const restic = resticClient({ version: VERSION, repository: `rest:${url}`, cwd, globalArgs });
  await restic(["init"]); // restic does not try that again
  let isOver = false;
  const disturbing = (async () => {
    while (!isOver) await disturb();
  })();
  const said: string[] = [];
  try {
    do {
      await writeFile(join(tree, `new-${said.length}`), randomBytes(3_000_000));
      said.push((await restic(["backup", "--force", "tree"])).stderr);
    } while (!isEnough());
    said.push((await restic(["check", "--read-data"])).stderr);
    await restoreAndCompare(restic, { cwd, tree });
  } finally {
    isOver = true;
    await disturbing;
  }
  return said.join("\n");
}

/** How long the hub has said that it waits, each time. */
function pauses(hub: RunningHub): number[] {
  return hub.logLines().flatMap((line) => /"pauseMs":(\d+)/.exec(line)?.slice(1).map(Number) ?? []);
}
