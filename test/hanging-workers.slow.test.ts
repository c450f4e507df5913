import assert from "node:assert/strict";
import { Agent } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { runProgram } from "./clients/run-program.ts";
import { httpRequest } from "./support/http-request.ts";
import { type RunningHub, startHub } from "./support/start-hub.ts";
import { isAlive, logged, statusOf } from "./support/worker-load.ts";
import { until, workersOf } from "./support/worker-pids.ts";

const skip = process.platform !== "linux" && "only Linux tells of the children of a process";
const KILLED = "a worker does not answer and is ended";

test("a worker that hangs gets nothing more to do, and is replaced although nobody was handed to it", { skip }, async () => {
  await using hub = await startHub({ workers: 2, config: { limits: { workerSilenceMs: 9000 } } });
  const [pid = 0] = workersOf(hub.pid);
  process.kill(pid, "SIGSTOP");
  await sleep(3000);
  for (let count = 0; count < 6; count += 1) assert.equal(await status(hub), 401);
  assert.equal(logged(hub, KILLED), 0, "they were answered while it hung");
  await until(() => !isAlive(pid));
  await until(() => workersOf(hub.pid).length === 2);
  await until(() => logged(hub, KILLED) === 1);
});

test("the metrics wait a moment for a worker that hangs, and have what all others tell; it is among them when it goes on", {
  skip,
}, async () => {
  await using hub = await startHub({ workers: 2, config: { limits: { workerSilenceMs: 60_000 } } });
  const told = async () => {
    const startedAtMs = performance.now();
    const { status, body } = await httpRequest(hub.url.main, "GET", "/metrics");
    const tookMs = performance.now() - startedAtMs;
    assert.equal(status, 200);
    assert.ok(tookMs < 8000, `${Math.round(tookMs)} ms`); // a second, and a busy machine
    return body
      .toString()
      .split("\n")
      .filter((line) => line.startsWith("process_resident_memory_bytes")).length;
  };
  assert.equal(await told(), 3);
  const [pid = 0] = workersOf(hub.pid);
  process.kill(pid, "SIGSTOP");
  await sleep(3000); // from then on nobody is handed to it
  for (let count = 0; count < 3; count += 1) assert.equal(await told(), 2);
  process.kill(pid, "SIGCONT");
  await until(async () => (await told()) === 3);
  assert.ok(workersOf(hub.pid).includes(pid));
});

test("a hub that was stopped as a whole goes on with the workers it has", { skip }, async () => {
  await using hub = await startHub({ workers: 2, config: { limits: { workerSilenceMs: 3000 } } });
  const workers = workersOf(hub.pid);
  for (const pid of [...workers, hub.pid]) process.kill(pid, "SIGSTOP");
  await sleep(5000);
  for (const pid of [hub.pid, ...workers]) process.kill(pid, "SIGCONT");
  await sleep(1500);
  assert.equal(await status(hub), 401);
  assert.deepEqual(workersOf(hub.pid), workers);
});

test("a new worker that hangs before it is ready is given up, and the next replacement works", { skip }, async () => {
  await using hub = await startHub({ workers: 2, config: { limits: { workerStartMs: 8000 } } });
  const before = workersOf(hub.pid);
  const stopFresh = async (known: readonly number[]) => {
    await until(() => workersOf(hub.pid).some((pid) => !known.includes(pid)));
    const pid = workersOf(hub.pid).find((each) => !known.includes(each)) ?? assert.fail();
    process.kill(pid, "SIGSTOP");
    return pid;
  };
  process.kill(hub.pid, "SIGUSR2");
  const hung = await stopFresh(before);
  await until(() => !isAlive(hung));
  await until(() => logged(hub, "workers not replaced, the old ones stay: a new one cannot start") === 1);
  assert.deepEqual(workersOf(hub.pid), before);

  process.kill(before[0] ?? 0, "SIGKILL"); // one that follows a dead one may hang as well
  const other = await stopFresh(before);
  await until(() => !isAlive(other));
  await until(() => workersOf(hub.pid).length === 2);
  process.kill(hub.pid, "SIGUSR2");
  await until(() => logged(hub, "worker replaced") >= 1);
});

test("a worker without file descriptors keeps the connections it has, and new ones go to another or are turned away", {
  skip,
}, async () => {
  await using hub = await startHub({ workers: 2, config: { limits: { workerSilenceMs: 3000 } } });
  const agents = Array.from({ length: 4 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  const kept = () => Promise.all(agents.map((agent) => statusOf(`${hub.url.restic}/x/config`, agent)));
  assert.deepEqual(await kept(), [401, 401, 401, 401]);
  const workers = workersOf(hub.pid);
  const [one = 0, other = 0] = workers;
  await bound(one, 8);
  const replies = await Promise.all(Array.from({ length: 6 }, () => status(hub)));
  assert.ok(replies.every((each) => each === 401));
  await bound(other, 8);
  await assert.rejects(status(hub));
  await sleep(5000);
  for (const pid of workers) await bound(pid, 1000);
  await until(async () => (await status(hub).catch(() => 0)) === 401);
  assert.deepEqual(await kept(), [401, 401, 401, 401]);
  assert.deepEqual([workersOf(hub.pid), logged(hub, KILLED)], [workers, 0]);
  for (const agent of agents) agent.destroy();
});

test("a worker gets no more connections than its file descriptors allow, and the log says so calmly", { skip }, async () => {
  await using hub = await startHub({ workers: 2, descriptors: 128, config: { limits: { connectionsPerAddress: 1000 } } }); // 16 for each
  const { hostname, port } = new URL(hub.url.restic);
  const sockets = Array.from({ length: 60 }, () => connect(Number(port), hostname).on("error", () => undefined));
  for (const socket of sockets) socket.resume();
  await until(() => sockets.filter(({ closed }) => closed).length === 28);
  const workers = workersOf(hub.pid);
  await assert.rejects(status(hub));
  await until(() => logged(hub, "connection turned away") === 3);
  for (const socket of sockets) socket.destroy();
  await until(async () => (await status(hub).catch(() => 0)) === 401);
  assert.deepEqual(workersOf(hub.pid), workers);
});

test("a worker that was taken for dead by mistake is known by its new name when it dies", { skip }, async () => {
  await using hub = await startHub({ workers: 2, config: { limits: { quotaLeaseMs: 30_000 } } });
  const first = quotaProcesses(hub, "select process from quota_process");
  assert.equal(first.length, 3);
  quotaProcesses(hub, "delete from quota_process returning process");
  await until(() => quotaProcesses(hub, "select process from quota_process").length === 3);
  const before = quotaProcesses(hub, "select process from quota_process");
  assert.ok(before.every((name) => !first.includes(name)));
  process.kill(workersOf(hub.pid)[0] ?? 0, "SIGKILL");
  await until(() => {
    const now = quotaProcesses(hub, "select process from quota_process");
    return now.length === 3 && now.filter((name) => before.includes(name)).length === 2;
  });
  assert.equal(logged(hub, "a process has ended without a word; what it stored is counted"), 0, "not by its silence");
});

async function status(hub: RunningHub): Promise<number> {
  return (await httpRequest(hub.url.restic, "GET", "/x/config")).status;
}

async function bound(pid: number, descriptors: number): Promise<void> {
  const { code } = await runProgram({
    program: "prlimit",
    args: ["--pid", `${pid}`, `--nofile=${descriptors}:`],
    cwd: "/",
    env: process.env,
    timeoutMs: 10_000,
  });
  assert.equal(code, 0);
}

function quotaProcesses(hub: RunningHub, sql: string): string[] {
  using database = new DatabaseSync(join(hub.data, "holdfast.sqlite"), { timeout: 5000 });
  return (database.prepare(sql).all() as { process: string }[]).map(({ process }) => process);
}
