import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { loadConfig } from "#config.ts";
import { addAccount } from "#domain/access/add-account.ts";
import { setGrant } from "#domain/access/set-grant.ts";
import { serveWorker } from "#domain/workers/serve-worker.ts";
import { HubLine } from "#events/hub-line.ts";
import { type OpenCore, openCore } from "#hub.ts";
import { openLog } from "#lib/log.ts";
import { OPERATOR } from "#model/actor.ts";
import { resticClient, withoutRestic } from "./clients/restic.ts";
import { httpRequest, randomObject } from "./support/http-request.ts";
import { findPostgres, startPostgres } from "./support/postgres.ts";
import { processWire } from "./support/process-wire.ts";
import { tempFolder } from "./support/temp-folder.ts";

const VERSION = "0.19.1";
const CHILD = fileURLToPath(new URL("support/worker-child.ts", import.meta.url));

interface Worker {
  readonly url: { readonly main: string; readonly restic: string };
  kill(): Promise<void>;
  end(): Promise<void>;
}

interface Set extends AsyncDisposable {
  readonly folder: string;
  readonly primary: OpenCore;
  readonly workers: readonly [Worker, Worker];
  readonly credentials: { readonly login: string; readonly secret: string };
}

/** A primary in this process, and two workers in processes of their own; an account `laptop` that may do everything. */
async function openSet(flags: Record<string, string> = {}): Promise<Set> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await tempFolder()).path;
  const all = {
    data: join(folder, "data"),
    "listen.main": "127.0.0.1:0",
    "listen.restic": "127.0.0.1:0",
    "listen.restbackup": "off",
    ...flags,
  };
  const config = loadConfig({ flags: all, environment: {}, workingDirectory: folder });
  const log = openLog({ level: "error", format: "text" });
  const primary = stack.use(await openCore(config, log));
  const start = async (): Promise<Worker> => {
    const child = fork(CHILD, [JSON.stringify(all)], { serialization: "advanced" });
    const exited = once(child, "exit");
    const line = new HubLine(processWire(child), { answerMs: 10_000, tellDelayMs: 20, onFault: (error) => log.error("line", { error }) });
    const ready = Promise.withResolvers<Worker["url"]>();
    line.onTold<Worker["url"]>("ready", ready.resolve);
    void exited.then(() => ready.reject(new Error("the worker has ended")));
    const served = serveWorker(primary, line);
    const kill = async () => {
      child.kill("SIGKILL");
      await Promise.all([exited, served]);
    };
    stack.defer(kill);
    const end = async () => {
      await line.ask("end");
      await kill();
    };
    return { url: await ready.promise, kill, end };
  };
  const workers = [await start(), await start()] as const;
  const credentials = await addAccount(primary, OPERATOR, { name: "laptop", appendOnly: false });
  await setGrant(primary, OPERATOR, { accountName: "laptop", path: "/", role: "maintain" });
  const owned = stack.move();
  return { folder, primary, workers, credentials, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** A port whose connections go to both workers in turn, as they would to the workers of one hub. */
async function balance({ workers }: Set) {
  const ports = workers.map(({ url }) => Number(new URL(url.restic).port));
  const taken = [0, 0];
  let turn = 0;
  const server = createServer((client) => {
    turn = 1 - turn;
    taken[turn] = (taken[turn] ?? 0) + 1;
    const hub = connect(ports[turn] ?? 0, "127.0.0.1");
    for (const [one, other] of [
      [client, hub],
      [hub, client],
    ] as const) {
      one.on("error", () => other.destroy());
      one.pipe(other);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { port: address.port, taken, [Symbol.dispose]: () => void server.close() };
}

async function writes({ url }: Worker): Promise<number> {
  const { status, body } = await httpRequest(url.main, "GET", "/metrics");
  assert.equal(status, 200);
  const found = [...body.toString().matchAll(/^rest_server_blob_write_total\{.*type="data"\} (\d+)$/gm)];
  return found.reduce((sum, [, count]) => sum + Number(count), 0);
}

test("what a real restic does over two processes stands in the timeline like what it does at one", {
  skip: withoutRestic(VERSION),
}, async () => {
  await using set = await openSet();
  using balanced = await balance(set);
  const { login, secret } = set.credentials;
  const cwd = join(set.folder, "work");
  await mkdir(join(cwd, "tree"), { recursive: true });
  const restic = resticClient({ version: VERSION, repository: `rest:http://${login}:${secret}@127.0.0.1:${balanced.port}/laptop/`, cwd });
  await restic(["init"]);
  for (let round = 0; round < 2; round += 1) {
    for (const name of ["a", "b", "c"]) await writeFile(join(cwd, "tree", name), randomObject(20_000_000).bytes);
    await restic(["backup", "tree"]);
  }
  await restic(["forget", "--keep-last", "1", "--prune"]);
  const packs = await writes(set.workers[0]);
  assert.equal(await writes(set.workers[1]), packs);
  for (const worker of set.workers) await worker.end();
  set.primary.activity[Symbol.dispose]();
  await set.primary.timeline.flush();

  const { operations } = await set.primary.database.list("listOperations", { filter: { repository: "/laptop/" }, limit: 100 });
  const lines = operations.toReversed().filter(({ kind }) => kind !== "repository.created");
  assert.deepEqual(
    lines.map(({ kind, status }) => `${kind} ${status}`),
    ["key.changed succeeded", "backup.arrived succeeded", "backup.arrived succeeded", "cleanup.run succeeded"],
  );
  assert.equal(
    lines.reduce((sum, { details }) => sum + Number(details["addedPacks"] ?? 0), 0),
    packs,
  );
  assert.ok(
    balanced.taken.every((count) => count > 2),
    `${balanced.taken}`,
  );
});

for (const engine of ["SQLite", "PostgreSQL"]) {
  const skip = engine === "PostgreSQL" && findPostgres() === undefined && "PostgreSQL is not installed here";
  test(`on ${engine} a worker that is killed takes no count with it, and its guesses stay counted`, { skip }, async () => {
    await using server = engine === "PostgreSQL" ? await startPostgres() : undefined;
    const flags = server === undefined ? {} : { databaseUrl: server.url };
    await using set = await openSet({ ...flags, "limits.failuresPerWindow": "6" });
    const { credentials, workers } = set;
    for (const worker of workers) {
      for (let count = 0; count < 3; count += 1) {
        const { id, bytes } = randomObject(1000);
        const target = `/laptop/data/${id}`;
        assert.equal((await httpRequest(worker.url.restic, "POST", target, { credentials, body: bytes })).status, 200);
      }
    }
    assert.equal(await writes(workers[1]), 6);
    const guess = async (worker: Worker) =>
      (await httpRequest(worker.url.restic, "GET", "/laptop/config", { credentials: { login: "nobody", secret: "x" } })).body;
    for (let round = 0; round < 3; round += 1) for (const worker of workers) assert.match((await guess(worker)).toString(), /Wrong/);
    await workers[0].kill();
    assert.match((await guess(workers[1])).toString(), /Too many/);
    assert.equal(await writes(workers[1]), 6);
    assert.equal((await httpRequest(workers[1].url.restic, "GET", "/laptop/data/", { credentials })).status, 200);
  });
}
