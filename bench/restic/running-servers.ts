import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { request } from "node:http";
import { request as requestTls } from "node:https";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { SelfSigned } from "../../test/support/self-signed.ts";
import type { BenchContext } from "./context.ts";
import type { Target } from "./load-jobs.ts";
import { MemoryWatch, readTree } from "./process-tree.ts";
import type { BenchServer, ServerKind } from "./servers.ts";
import { rotate } from "./statistics.ts";
import { formatLine } from "./table.ts";
import type { Figures, Workload } from "./workload.ts";

/** A server that takes part in a group, with an empty repository `/bench/`. */
export interface RunningServer {
  readonly kind: ServerKind;
  readonly server: BenchServer;
  /** Where the packs of `/bench/` lie: `data/xx/` below it. */
  readonly repository: string;
  /** How the load reaches `/bench/`; `port` leads through something else on the way. */
  target(options?: { readonly protocol?: Target["protocol"]; readonly port?: number }): Target;
  /** Waits for `work` and resolves to what came out, and the processor time that the server's processes spent meanwhile. */
  watched<Result>(work: () => Promise<Result>): Promise<{ readonly result: Result; readonly cpuSeconds: number }>;
}

/** The servers of a group. Leaving its scope stops them and removes their data. */
export interface RunningServers extends AsyncDisposable {
  readonly all: readonly RunningServer[];
}

const IDLE_MS = 1500;
const SETTLE_MS = 100;

/** Starts one server of each kind. One that does not start is told about, and left out. */
export async function openServers(
  context: BenchContext,
  options: { readonly tls?: SelfSigned; readonly watchLoops?: boolean } = {},
): Promise<RunningServers> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(context.folder, "servers-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const { tls } = options;
  const ca = tls === undefined ? undefined : await readFile(tls.cert, "utf8");
  const opened: RunningServer[] = [];
  for (const kind of context.kinds) {
    context.signal.throwIfAborted();
    try {
      const own = join(folder, kind.id);
      await mkdir(own, { mode: 0o700 });
      const server = stack.use(await kind.start({ ...options, folder: own }));
      await createRepository(server, ca);
      opened.push(describe({ kind, server, ca }));
    } catch (error) {
      context.results.fail({ name: "start", unit: "s" }, kind.id, error);
      context.say(`  ${kind.title} does not start: ${error instanceof Error ? error.message : error}`);
    }
  }
  await sleep(IDLE_MS, undefined, { signal: context.signal });
  for (const { kind, server } of opened) {
    const idle = readTree(server.pid).residentBytes;
    const watch = stack.use(new MemoryWatch(() => server.pid));
    stack.defer(() => context.results.addMemory(kind.id, { idle, peak: watch.peakBytes }));
  }
  const owned = stack.move();
  return { all: opened, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/**
 * Measures one workload: in every round each server once, and each round another begins. Before them comes a round that does not count.
 * A server that fails takes no more part in this workload.
 */
export async function measure(
  context: BenchContext,
  workload: Workload,
  servers: readonly RunningServer[],
  one: (server: RunningServer, round: number) => Promise<Figures>,
  options: { readonly rounds?: number; readonly warmUp?: boolean } = {},
): Promise<void> {
  const { rounds = context.rounds, warmUp = context.sizes.warmUp } = options;
  for (let round = warmUp ? -1 : 0; round < rounds; round += 1) {
    for (const running of rotate(servers, round + 1)) {
      const { id } = running.kind;
      context.signal.throwIfAborted();
      if (context.results.hasFailed(workload, id)) continue;
      try {
        const figures = await one(running, round);
        if (round >= 0) context.results.add(workload, id, round, figures);
      } catch (error) {
        context.signal.throwIfAborted();
        context.results.fail(workload, id, error);
      }
    }
  }
  context.say(formatLine(context.results.of(workload), context.kinds));
}

function describe({
  kind,
  server,
  ca,
}: {
  readonly kind: ServerKind;
  readonly server: BenchServer;
  readonly ca: string | undefined;
}): RunningServer {
  return {
    kind,
    server,
    repository: join(server.repositories, "bench"),
    target: ({ protocol = "http/1.1", port } = {}) => {
      const { hostname, port: ownPort } = new URL(server.origin);
      return { host: hostname, port: port ?? Number(ownPort), ca, protocol, authorization: authorizationOf(server), repository: "/bench/" };
    },
    watched: async (work) => {
      const before = readTree(server.pid).cpuSeconds;
      const result = await work();
      await sleep(SETTLE_MS); // what a server puts off until after its answer belongs to it
      return { result, cpuSeconds: readTree(server.pid).cpuSeconds - before };
    },
  };
}

/** `POST /bench/?create=true`. */
async function createRepository(server: BenchServer, ca: string | undefined): Promise<void> {
  const url = new URL("/bench/?create=true", server.origin);
  const options = { method: "POST", headers: { Authorization: authorizationOf(server), "Content-Length": 0 }, agent: false } as const;
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const outgoing = ca === undefined ? request(url, options) : requestTls(url, { ...options, ca });
  outgoing.on("response", (incoming) => resolve(incoming.resume().statusCode ?? 0)).on("error", reject);
  outgoing.end();
  const status = await promise;
  if (status !== 200) throw new Error(`A repository could not be made: ${status}`);
}

function authorizationOf({ login, password }: BenchServer): string {
  return `Basic ${Buffer.from(`${login}:${password}`).toString("base64")}`;
}
