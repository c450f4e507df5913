import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { Agent } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { basic, httpRequest, randomObject } from "./support/http-request.ts";
import { startHub } from "./support/start-hub.ts";
import { cpuTicks, hammer, isAlive, logged, slowUpload, statusOf } from "./support/worker-load.ts";
import { until, workersOf } from "./support/worker-pids.ts";

const skip = process.platform !== "linux" && "only Linux tells of the children of a process";

test("the requests of a hub with workers are answered by all of them, and by the primary none", { skip }, async () => {
  await using hub = await startHub({ workers: 2 });
  const workers = workersOf(hub.pid);
  assert.equal(workers.length, 2);
  const cpuBefore = [hub.pid, ...workers].map(cpuTicks);
  const agents = Array.from({ length: 4 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  for (let round = 0; round < 100; round += 1) {
    await Promise.all(agents.map(async (agent) => assert.equal(await statusOf(`${hub.url.restic}/laptop/config`, agent), 401)));
  }
  const [primary = 0, ...ofWorkers] = [hub.pid, ...workers].map((pid, index) => cpuTicks(pid) - (cpuBefore[index] ?? 0));
  assert.ok(
    ofWorkers.every((ticks) => ticks > primary),
    `${ofWorkers} ticks of the workers, ${primary} of the primary`,
  );
  for (const agent of agents) agent.destroy();
  assert.equal(await hub.stop(), 0);
  assert.equal(workers.some(isAlive), false);
  assert.equal(existsSync(join(hub.data, "holdfast.run.json")), false);
});

test("ps shows a hub and its workers by their names", { skip }, async () => {
  await using hub = await startHub({ workers: 2 });
  const shown = (pid: number, file: "cmdline" | "comm") => readFileSync(`/proc/${pid}/${file}`, "utf8").replace(/[\0\n]+$/, "");
  for (const file of ["cmdline", "comm"] as const) {
    assert.deepEqual(
      [hub.pid, ...workersOf(hub.pid)].map((pid) => shown(pid, file)),
      ["holdfast", "holdfast worker", "holdfast worker"],
    );
  }
  // The name is written over the arguments. What lies behind them stays: who looks for what is left of a test run reads it.
  assert.match(readFileSync(`/proc/${hub.pid}/environ`, "latin1"), /(^|\0)HOLDFAST_DATA=/);
});

test("what the command line changes beside a hub with workers works with the next request in each of them", { skip }, async () => {
  await using hub = await startHub({ workers: 2 });
  const { password } = await hub.addAccount("laptop");
  const agents = Array.from({ length: 4 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  const statuses = async () =>
    await Promise.all(
      agents.map((agent) => statusOf(`${hub.url.restic}/laptop/config`, agent, basic({ login: "laptop", secret: password }))),
    );
  assert.deepEqual(await statuses(), [404, 404, 404, 404]);
  await hub.cli(["account", "disable", "laptop"]);
  assert.deepEqual(await statuses(), [403, 403, 403, 403]);
  await hub.cli(["account", "enable", "laptop"]);
  assert.deepEqual(await statuses(), [404, 404, 404, 404]);
  await hub.cli(["mode", "maintenance", "--reason", "moving house"]);
  assert.deepEqual(await statuses(), [503, 503, 503, 503]);
  // The hub's own user needs no token, whichever worker asks.
  const [main, { status }] = [hub.url.main, await httpRequest(hub.url.main, "GET", "/readyz")];
  assert.equal(status, 204);
  for (let count = 0; count < 4; count += 1) assert.equal((await httpRequest(main, "GET", "/api/v1/accounts")).status, 200);
  for (const agent of agents) agent.destroy();
});

test("a worker that is killed is replaced, what it was at is looked after at once, and nobody waits in vain", { skip }, async () => {
  await using hub = await startHub({ workers: 2, config: { limits: { workerPauseMs: 1000 } } });
  const { password } = await hub.addAccount("laptop");
  const credentials = { login: "laptop", secret: password };
  const { id, bytes } = randomObject(100_000);
  const stored = await httpRequest(hub.url.restic, "POST", `/laptop/data/${id}`, { credentials, body: bytes });
  assert.equal(stored.status, 200);

  const clients = hammer(hub, basic(credentials));
  const before = workersOf(hub.pid);
  for (const pid of before) {
    await sleep(200);
    process.kill(pid, "SIGKILL");
    await until(() => workersOf(hub.pid).length === 2 && !workersOf(hub.pid).includes(pid));
  }
  await sleep(200);
  const { answered, broken, hung } = await clients.stop();
  assert.equal(hung, 0);
  assert.ok(answered > 0 && broken <= 2 * before.length * 8, `${answered} answered, ${broken} broken`);
  assert.equal(
    workersOf(hub.pid).some((pid) => before.includes(pid)),
    false,
  );
  const read = await httpRequest(hub.url.restic, "GET", `/laptop/data/${id}`, { credentials });
  assert.ok(bytes.equals(read.body));
  await until(() => quotaProcesses(hub.data).length === 3); // far sooner than quotaLeaseMs: the primary and two workers
  await until(() => logged(hub, "a worker has taken the place of one that ended") === 2);
  const lines = hub.logLines().map((line) => JSON.parse(line) as Record<string, unknown>); // our own log
  const ends = lines.filter(({ message }) => message === "a worker has ended without a word");
  assert.deepEqual(
    ends.map(({ time: _, ...fields }) => fields),
    before.map((worker) => ({ level: "error", worker, signal: "SIGKILL", message: "a worker has ended without a word" })),
  );
  const taken = lines.filter(({ message }) => message === "a worker has taken the place of one that ended");
  // Whichever was ready first.
  assert.deepEqual(
    taken.map(({ level, process }) => [level, typeof process]),
    Array(2).fill(["info", "string"]),
  );
  assert.deepEqual(new Set(taken.map(({ worker }) => worker)), new Set(workersOf(hub.pid)));
});

test("workers are replaced without a lost request, on the same port, and the old ones end", { skip }, async () => {
  await using hub = await startHub({ workers: 2, config: { limits: { keepAliveTimeoutMs: 1000 } } });
  const { password } = await hub.addAccount("laptop");
  const authorization = basic({ login: "laptop", secret: password });
  const before = workersOf(hub.pid);

  const upload = slowUpload(hub, authorization);
  await upload.begun;
  const clients = hammer(hub, authorization);
  process.kill(hub.pid, "SIGUSR2");
  await until(() => logged(hub, "worker replaced") === 2);
  await sleep(300);
  const { answered, broken, hung } = await clients.stop();
  assert.deepEqual({ broken, hung }, { broken: 0, hung: 0 });
  assert.ok(answered > 0);
  await until(() => before.filter(isAlive).length === 1); // the one that has the upload
  upload.finish();
  assert.equal(await upload.status, 200);
  await until(() => !before.some(isAlive));
  await until(() => workersOf(hub.pid).length === 2);
  assert.equal(await hub.stop(), 0);
});

test("a hub whose workers cannot start says why in one sentence, and leaves nothing behind", { skip }, async () => {
  await using hub = await startHub();
  const taken = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => taken.once("listening", resolve));
  const { port } = taken.address() as { port: number };
  const serve = async (...args: string[]) => {
    const flags = [
      "--data",
      join(hub.folder, "other"),
      "--workers",
      "2",
      "--listen-main",
      "127.0.0.1:0",
      "--listen-restbackup",
      "off",
      ...args,
    ];
    return await hub.cli(["serve", ...flags], { expectFailure: true });
  };
  const onPort = await serve("--listen-restic", `127.0.0.1:${port}`);
  assert.equal(onPort.code, 1);
  assert.match(onPort.stderr, new RegExp(`^holdfast: Cannot listen on 127\\.0\\.0\\.1:${port}: .*--listen-restic\\.\n$`));
  const noCertificate = await serve("--listen-restic", "127.0.0.1:0", "--tls-restic-enabled");
  assert.equal(noCertificate.code, 1);
  assert.match(noCertificate.stderr, /^holdfast: The file .*cert\.pem does not exist \(tls\.restic\.cert\)\.\n$/);
  taken.close();
});

/** Who may draw on the quotas of that hub. */
function quotaProcesses(data: string): string[] {
  const database = new DatabaseSync(join(data, "holdfast.sqlite"), { readOnly: true });
  const rows = database.prepare("select process from quota_process").all() as { process: string }[]; // the table's only text
  database.close();
  return rows.map(({ process }) => process);
}
