import assert from "node:assert/strict";
import { Agent } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openDatabase } from "#db/database.ts";
import { DEFAULT_LIMITS } from "#limits.ts";
import { HUB } from "#model/actor.ts";
import { basic, httpRequest } from "./support/http-request.ts";
import { startHub } from "./support/start-hub.ts";
import { isAlive, logged, slowUpload, statusOf } from "./support/worker-load.ts";
import { until, workersOf } from "./support/worker-pids.ts";

const skip = process.platform !== "linux" && "only Linux tells of the children of a process";
const TAKEN = "a worker has taken the place of one that ended";

test("workers end at once with a primary that is killed, whatever they have in hand", { skip }, async () => {
  await using hub = await startHub({ workers: 2 });
  const { password } = await hub.addAccount("laptop");
  const authorization = basic({ login: "laptop", secret: password });
  const workers = workersOf(hub.pid);
  const upload = slowUpload(hub, authorization);
  const broken = assert.rejects(upload.status);
  await upload.begun;
  const agents = Array.from({ length: 4 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  for (const agent of agents) assert.equal(await statusOf(`${hub.url.restic}/laptop/config`, agent, authorization), 404);
  assert.ok(workers.length === 2 && workers.every(isAlive));
  await hub.kill();
  await until(() => !workers.some(isAlive));
  await broken;
  for (const agent of agents) agent.destroy();
});

test("what a killed worker had left running is told as interrupted at once, not after its lease", { skip }, async () => {
  await using hub = await startHub({ workers: 2, config: { log: { level: "debug" } } });
  const [pid = 0] = workersOf(hub.pid);
  const serves = hub.logLines().find((line) => line.includes('"a worker serves"') && line.includes(`"worker":${pid},`)) ?? "{}";
  const { process: name } = JSON.parse(serves) as { process?: string }; // our own log line
  assert.ok(name !== undefined, hub.logLines().join("\n"));
  await using database = await openDatabase({ kind: "sqlite", file: join(hub.data, "holdfast.sqlite"), limits: DEFAULT_LIMITS });
  const line = {
    kind: "backup.arrived",
    status: "running",
    actor: HUB,
    summary: "under way",
    startedAtMs: Date.now(),
    endedAtMs: undefined,
  } as const;
  for (const process of [name, "somebody/else"]) {
    await database.write("writeTimeline", { lines: [{ ...line, details: {} }], updates: [], process, nowMs: Date.now() });
  }
  const statuses = async () => (await database.list("listOperations", { filter: { kinds: ["backup.arrived"] }, limit: 10 })).operations;
  process.kill(pid, "SIGKILL");
  await until(async () => (await statuses()).some(({ status }) => status === "interrupted")); // in less than its lease
  assert.deepEqual((await statuses()).map(({ status }) => status).toSorted(), ["interrupted", "running"]);
});

test("connections of a worker that has died count no more as those of their address", { skip }, async () => {
  await using hub = await startHub({ workers: 2, config: { limits: { connectionsPerAddress: 3 } } });
  const url = `${hub.url.restic}/x/config`;
  const open = async () => {
    const agents = Array.from({ length: 3 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
    const statuses = [];
    for (const agent of agents) statuses.push(await statusOf(url, agent).catch(() => 0));
    return { statuses, close: () => agents.map((agent) => agent.destroy()) };
  };
  const before = await open();
  assert.deepEqual(before.statuses, [401, 401, 401]);
  const workers = workersOf(hub.pid);
  for (const pid of workers) process.kill(pid, "SIGKILL");
  await until(() => !workers.some(isAlive));
  before.close();
  await until(async () => {
    const { statuses, close } = await open();
    close();
    return statuses.join() === "401,401,401";
  });
});

test("a worker that came with a replacement is followed by another when it dies", { skip }, async () => {
  await using hub = await startHub({ workers: 2 });
  const before = workersOf(hub.pid);
  process.kill(hub.pid, "SIGUSR2");
  await until(() => logged(hub, "worker replaced") === 2 && !before.some(isAlive));
  const fresh = workersOf(hub.pid);
  assert.equal(fresh.length, 2);
  for (const pid of fresh) {
    process.kill(pid, "SIGKILL");
    await until(() => !isAlive(pid) && workersOf(hub.pid).length === 2);
  }
  assert.equal((await httpRequest(hub.url.restic, "GET", "/x/config")).status, 401);
});

test("when all workers are killed together, six times in a row, somebody is served within two seconds", { skip }, async () => {
  await using hub = await startHub({ workers: 2 });
  const beforeMs = performance.now();
  process.kill(workersOf(hub.pid)[0] ?? 0, "SIGKILL");
  await until(() => logged(hub, TAKEN) === 1);
  const startMs = performance.now() - beforeMs; // far less than a second, but not beside everything else that a test machine does
  const found: { readonly pauseMs: number; readonly tookMs: number }[] = [];
  for (let round = 0; round < 6; round += 1) {
    await until(() => logged(hub, TAKEN) === 1 + 2 * round);
    const workers = workersOf(hub.pid);
    assert.equal(workers.length, 2);
    for (const pid of workers) process.kill(pid, "SIGKILL");
    const startedAtMs = performance.now();
    const reply = httpRequest(hub.url.restic, "GET", "/x/config");
    await until(() => workersOf(hub.pid).some((pid) => !workers.includes(pid)));
    const pauseMs = performance.now() - startedAtMs;
    assert.equal((await reply).status, 401);
    found.push({ pauseMs, tookMs: performance.now() - startedAtMs });
  }
  const mostMs = Math.max(2000, 5 * startMs);
  assert.ok(
    found.every(({ pauseMs, tookMs }) => pauseMs < 1500 && tookMs < mostMs),
    JSON.stringify({ startMs, found }),
  );
});

test("workers that die of every start are tried after ever longer pauses", { skip }, async () => {
  await using hub = await startHub({ workers: 2 });
  const startedAtMs = performance.now();
  const seen = new Set<number>();
  while (performance.now() - startedAtMs < 8000) {
    for (const pid of workersOf(hub.pid)) {
      seen.add(pid);
      killIfThere(pid);
    }
    await sleep(20);
  }
  const pauses = hub.logLines().flatMap((line) => /"pauseMs":(\d+)/.exec(line)?.slice(1).map(Number) ?? []);
  // The second try in both places, and once more because nobody serves: the hub did before.
  const [soon, grown] = [pauses.filter((ms) => ms <= 250), pauses.filter((ms) => ms > 250)];
  assert.ok(soon.length <= 3, `${pauses}`);
  assert.deepEqual(
    grown.toSorted((one, other) => one - other),
    grown,
  );
  assert.ok((pauses.at(-1) ?? 0) >= 4000, `${pauses}`);
  assert.ok(seen.size <= 14, `${seen.size} starts`);
  const serves = await httpRequest(hub.url.restic, "GET", "/x/config"); // it waited for the one that was not killed
  assert.equal(serves.status, 401);
});

/** Between the look and the signal a worker may have ended, of the signal before. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
