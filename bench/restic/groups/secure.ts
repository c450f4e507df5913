import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { selfSigned, withoutOpenssl } from "../../../test/support/self-signed.ts";
import { checkStored } from "../check-stored.ts";
import type { BenchContext, Group } from "../context.ts";
import { type DelayProxy, openDelayProxy } from "../delay-proxy.ts";
import type { Target } from "../load-jobs.ts";
import { measure, openServers, type RunningServer } from "../running-servers.ts";
import type { Workload } from "../workload.ts";
import { download, packsOf } from "./downloads.ts";
import { measureSmall, SMALL, storeEverywhere } from "./small.ts";
import { rateOf, upload } from "./uploads.ts";

const MIB = 1024 * 1024;
const ROUNDS = 3;
const ONE_WAY_MS = 20;
const PIECES = 4;

/** The same over TLS, with HTTP/1.1 and HTTP/2, and HTTP/2 over a long line. */
export const secure: Group = {
  name: "secure",
  title: "TLS, HTTP/2, and 40 ms of delay",
  notes: [
    "HTTP/2 is spoken by Node's client over one connection, 16 or 5 requests at once, with the windows of Go's client. It needs more of " +
      "the processors than Go's would: the rates over HTTP/2 are lower bounds, the processor time is the server's alone.",
    "`rclone serve restic` does not speak HTTP/2 over TLS.",
    "The delay is 20 ms in each direction, by a proxy of the bench, without a limit to the rate.",
  ],
  async run(context) {
    const without = withoutOpenssl();
    if (without !== false) return context.results.note(`Left out: ${without}`);
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(join(context.folder, "tls-"));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const servers = stack.use(await openServers(context, { tls: await selfSigned(folder) }));
    await storeEverywhere(context, servers.all, SMALL);
    await storeEverywhere(context, servers.all, packsOf(context.sizes.packBytes));
    const spoken = servers.all.filter(({ kind }) => kind.http2);
    await measureProtocol(context, servers.all, "http/1.1");
    await measureProtocol(context, spoken, "h2");
    await measureDelayed(context, spoken);
  },
};

async function measureProtocol(context: BenchContext, servers: readonly RunningServer[], protocol: "http/1.1" | "h2"): Promise<void> {
  const rounds = { rounds: Math.min(ROUNDS, context.rounds) };
  const title = `https, ${protocol === "h2" ? "HTTP/2" : "HTTP/1.1"}`;
  const { packBytes, packs } = context.sizes;
  const get: Workload = { name: `GET 4 KiB, 16 at once, ${title}`, unit: "/s", cpuUnit: "us each" };
  const down: Workload = { name: `download ${packBytes / MIB} MiB, 5 at once, ${title}`, unit: "MiB/s", cpuUnit: "s/GiB" };
  const up: Workload = { ...down, name: `upload ${packBytes / MIB} MiB, 5 at once, ${title}` };
  await measure(context, get, servers, (one) => measureSmall(context, one, { target: one.target({ protocol }), method: "GET" }), rounds);
  await measure(context, down, servers, (one) => download(context, one, { target: one.target({ protocol }) }), rounds);
  const uploadPacks = (running: RunningServer, round: number) => {
    const seed = `${up.name} ${round}`;
    const count = Math.ceil(packs / 2);
    const target = running.target({ protocol });
    return upload(context, running, { target, seed, count, bytes: packBytes, connections: 5 });
  };
  await measure(context, up, servers, uploadPacks, rounds);
}

/** 60 MiB each way in four pieces at once, over one connection of HTTP/2 through the delay; and uploads beside four of HTTP/1.1 (HB-6). */
async function measureDelayed(context: BenchContext, servers: readonly RunningServer[]): Promise<void> {
  const rounds = { rounds: Math.min(ROUNDS, context.rounds) };
  const bytes = (context.sizes.packBytes * 15) / 16;
  const total = (bytes * PIECES) / MIB;
  await using stack = new AsyncDisposableStack();
  const proxies = new Map<string, DelayProxy>();
  for (const { kind, server } of servers)
    proxies.set(kind.id, stack.use(await openDelayProxy(Number(new URL(server.origin).port), ONE_WAY_MS)));
  const transfer = async (running: RunningServer, method: "GET" | "POST", seed: string, protocol: Target["protocol"] = "h2") => {
    const objects = { seed, count: PIECES, bytes };
    const target = running.target({ protocol, port: proxies.get(running.kind.id)?.port ?? 0 });
    const job = { kind: "requests", target, method, objects, connections: PIECES } as const;
    const { result, cpuSeconds } = await running.watched(() => context.client.run(job));
    if (method === "POST") await checkStored(running.repository, result.ids);
    return { value: result.seconds, cpu: rateOf({ ...result, bytes, cpuSeconds }).cpu ?? Number.NaN };
  };
  const up: Workload = { name: `upload ${total} MiB over HTTP/2 with 40 ms of delay`, unit: "s", cpuUnit: "s/GiB" };
  const down: Workload = { ...up, name: `download ${total} MiB over HTTP/2 with 40 ms of delay` };
  await measure(context, up, servers, (running, round) => transfer(running, "POST", `delayed ${round}`), { ...rounds, warmUp: false });
  // What the first round has uploaded.
  await measure(context, down, servers, (running) => transfer(running, "GET", "delayed 0"), { ...rounds, warmUp: false });
  const share: Workload = { name: `rate of that upload beside HTTP/1.1's`, unit: "x", goal: { atLeast: 0.9 } };
  const both = async (running: RunningServer, round: number) => {
    const seconds = { h2: 0, "http/1.1": 0 };
    for (const protocol of round % 2 === 0 ? (["h2", "http/1.1"] as const) : (["http/1.1", "h2"] as const)) {
      seconds[protocol] = (await transfer(running, "POST", `${protocol} ${round}`, protocol)).value;
    }
    return { value: seconds["http/1.1"] / seconds.h2 };
  };
  await measure(context, share, servers, both, { ...rounds, warmUp: false });
}
