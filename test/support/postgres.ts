import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chownSync, existsSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { findOnPath } from "../clients/find-on-path.ts";
import { tempFolder } from "./temp-folder.ts";

/** A PostgreSQL of our own, empty at its start, gone without a trace when its scope is left. */
export interface PostgresServer extends AsyncDisposable {
  /** Its database `postgres`, as superuser, over TCP on loopback. */
  readonly url: string;
  /** Makes one more database and resolves to its URL. */
  createDatabase(): Promise<string>;
}

const USER = "postgres";
const START_MS = 60_000;
const STOP_MS = 20_000;

/** The folder of `initdb` and `postgres`, of the newest version there is; undefined when there is none. */
export function findPostgres(): string | undefined {
  const major = (folder: string) => Number(/(?<major>\d+)\/bin$/.exec(folder)?.groups?.["major"] ?? 0);
  const installed = globSync("/usr/lib/postgresql/*/bin").sort((one, other) => major(other) - major(one));
  const onPath = findOnPath("initdb");
  const folders = onPath === undefined ? installed : [...installed, dirname(onPath)];
  return folders.find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")));
}

/** Starts a server on a free port of 127.0.0.1, or throws what it said. */
export async function startPostgres(): Promise<PostgresServer> {
  const programs = findPostgres();
  if (programs === undefined) throw new Error("PostgreSQL is not installed here");
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await tempFolder()).path;
  const owner = serverUser();
  const password = randomBytes(12).toString("hex");
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (owner !== undefined) for (const path of [folder, passwordFile]) chownSync(path, owner.uid, owner.gid);

  const running = stack.use(new RunningProgram(folder));
  const start = (program: string, args: readonly string[]) =>
    running.set(spawn(join(programs, program), args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"], ...owner }));
  const data = join(folder, "data");
  const how = [`--pwfile=${passwordFile}`, "--auth=scram-sha-256", "--no-sync", "-E", "UTF8", "--locale=C"];
  await runToEnd(start("initdb", ["-D", data, "-U", USER, ...how]));

  const port = await findFreePort();
  const settings = [`port=${port}`, "listen_addresses=127.0.0.1", `unix_socket_directories=${folder}`, "dynamic_shared_memory_type=mmap"];
  const server = start("postgres", ["-D", data, ...settings.flatMap((setting) => ["-c", setting])]);
  const output = lastWords(server);
  const url = (database: string) => `postgres://${USER}:${password}@127.0.0.1:${port}/${database}`;
  await waitUntilReady(server, url(USER), output);

  const owned = stack.move();
  return {
    url: url(USER),
    async createDatabase() {
      const name = `test_${randomBytes(6).toString("hex")}`;
      await runSql(url(USER), `create database ${name}`);
      return url(name);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Runs one statement on a connection of its own and resolves to its rows. */
export async function runSql(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000, query_timeout: 30_000 });
  client.on("error", () => {}); // a connection that the server cuts fails its query; without a listener it would end the process
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** PostgreSQL refuses to run as root: the user of its package, or nobody. */
function serverUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith(`${USER}:`));
  const [, , uid = "65534", gid = "65534"] = line?.split(":") ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}

async function runToEnd(child: ChildProcess): Promise<void> {
  const output = lastWords(child);
  const patience = setTimeout(() => child.kill("SIGKILL"), START_MS);
  const [code] = (await once(child, "close")) as [number | null];
  clearTimeout(patience);
  if (code !== 0) throw new Error(`${child.spawnfile} ended with ${code}: ${output()}`);
}

function lastWords(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      text = `${text}${chunk.toString()}`.slice(-4096);
    });
  }
  return () => text;
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("There is no free port");
  return address.port;
}

async function waitUntilReady(server: ChildProcess, url: string, output: () => string): Promise<void> {
  const deadlineMs = performance.now() + START_MS;
  for (;;) {
    try {
      await runSql(url, "select 1");
      return;
    } catch (cause) {
      if (server.exitCode !== null || performance.now() > deadlineMs) throw new Error(`PostgreSQL did not start: ${output()}`, { cause });
      await sleep(50);
    }
  }
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Ends the program that it was given last when its scope is left, or when this process is ended before. */
class RunningProgram implements AsyncDisposable {
  readonly #folder: string;
  #child: ChildProcess | undefined;
  #closed: Promise<unknown> = Promise.resolve();

  constructor(folder: string) {
    this.#folder = folder;
    process.once("exit", this.#onExit);
    for (const signal of SIGNALS) process.once(signal, this.#onSignal);
  }

  set(child: ChildProcess): ChildProcess {
    this.#child = child;
    this.#closed = once(child, "close");
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const patience = setTimeout(() => this.#child?.kill("SIGQUIT"), STOP_MS);
    this.#child?.kill("SIGINT"); // for the server a fast shutdown: it does not wait for clients
    await this.#closed;
    clearTimeout(patience);
    this.#release();
  }

  // An immediate shutdown: unlike a kill it still frees the shared memory. Nothing may wait here but by blocking, and the server's
  // own lock file is what shows that it has ended: until we return it stays a zombie.
  readonly #onExit = (): void => {
    this.#child?.kill("SIGQUIT");
    const deadlineMs = performance.now() + STOP_MS;
    while (existsSync(join(this.#folder, "data", "postmaster.pid")) && performance.now() < deadlineMs) sleepBlocking(20);
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  };

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.#release();
    this.#onExit();
    process.kill(process.pid, signal); // nobody else listens: it ends us as it would have without us
  };

  #release(): void {
    process.off("exit", this.#onExit);
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
  }
}

function sleepBlocking(timeMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, timeMs);
}
