import type { BenchContext, Group } from "../context.ts";
import type { Listing } from "../list-packs.ts";
import { LoadClient } from "../load-client.ts";
import { canDropCaches, dropCaches, syncDisk } from "../machine.ts";
import { measure, openServers, type RunningServer } from "../running-servers.ts";
import { median } from "../statistics.ts";
import type { Workload } from "../workload.ts";
import { CONNECTIONS, SMALL, storeEverywhere } from "./small.ts";

const COLD_ROUNDS = 2;
const GETS_MS = 2500;

/** The listing that every backup begins with, and what others notice of it. */
export const listing: Group = {
  name: "listing",
  title: "Listing",
  notes: [
    "The latencies are those of small GETs over 16 connections, alone and while one client lists again and again. The load, too, needs a " +
      "processor while it reads and checks a listing, so on two processors even a server that never stops to list shows some delay. How long " +
      "an event loop stood still is measured inside Holdfast's processes, of which this group therefore has one timer more.",
  ],
  async run(context) {
    const { sizes, client, results } = context;
    const packs = sizes.listedPacks.toLocaleString("en-US");
    await using servers = await openServers(context, { watchLoops: true });
    for (const { repository } of servers.all) await client.run({ kind: "fill", folder: repository, count: sizes.listedPacks });
    await syncDisk(context.folder);
    await measureLists(context, servers.all, packs);
    await measureLatencies(context, servers.all);
    if (canDropCaches()) results.note("Cold: the server was started again and the kernel told to forget what it had read from disks.");
    else results.note("Cold: the server was started again. What the kernel had read from disks it kept: only root can make it forget.");
  },
};

async function measureLists(context: BenchContext, servers: readonly RunningServer[], packs: string): Promise<void> {
  const list = async (running: RunningServer, gzip: boolean) => {
    const job = { kind: "list", target: running.target(), gzip, expected: { entries: context.sizes.listedPacks, others: 0 } } as const;
    const { result, cpuSeconds } = await running.watched(() => context.client.run(job));
    const { wholeMs, firstByteMs } = result.listings[0] as Listing; // one was asked for
    return { wholeMs, firstByteMs, cpu: cpuSeconds };
  };
  for (const gzip of [false, true]) {
    const title = `list ${packs} packs${gzip ? ", gzip" : ""}`;
    const firstBytes = new Map<string, number>();
    const whole: Workload = { name: `${title}, warm`, unit: "ms", cpuUnit: "s", ...(gzip ? {} : { goal: { speed: 3 } }) };
    await measure(context, whole, servers, async (running, round) => {
      const { wholeMs, firstByteMs, cpu } = await list(running, gzip);
      firstBytes.set(`${running.kind.id} ${round}`, firstByteMs);
      return { value: wholeMs, cpu };
    });
    // From the same requests.
    const first: Workload = { name: `${title}, warm: first byte`, unit: "ms" };
    await measure(context, first, servers, async ({ kind }, round) => ({ value: seenBefore(firstBytes.get(`${kind.id} ${round}`)) }), {
      warmUp: false,
    });
  }
  const cold: Workload = { name: `list ${packs} packs, cold`, unit: "ms", cpuUnit: "s" };
  const coldList = async (running: RunningServer) => {
    await running.server.restart();
    if (canDropCaches()) await dropCaches(context.folder);
    const { wholeMs, cpu } = await list(running, false);
    return { value: wholeMs, cpu };
  };
  await measure(context, cold, servers, coldList, { rounds: Math.min(COLD_ROUNDS, context.rounds), warmUp: false });
}

/** What small GETs notice of listings, and how long the server's loop stood still meanwhile. */
async function measureLatencies(context: BenchContext, servers: readonly RunningServer[]): Promise<void> {
  const { client, signal, sizes } = context;
  await storeEverywhere(context, servers, SMALL);
  const expected = { entries: sizes.listedPacks, others: SMALL.count };
  using lister = new LoadClient(signal);
  const ms = Math.max(sizes.loadMs, Math.min(GETS_MS, sizes.loadMs * 2));
  const seen = new Map<string, { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number }>();
  const standstills = new Map<string, number>();
  const lists: number[] = [];
  const gets = (running: RunningServer) =>
    client.run({ kind: "requests", target: running.target(), method: "GET", objects: SMALL, connections: CONNECTIONS, ms });

  const alone: Workload = { name: "p99 of small GETs, nobody lists", unit: "ms" };
  await measure(context, alone, servers, async (running) => ({ value: (await gets(running)).p99Ms }));
  const during: Workload = { name: "p99 of small GETs while one client lists", unit: "ms" };
  await measure(context, during, servers, async (running, round) => {
    const job = { kind: "list", target: running.target(), gzip: false, expected, ms } as const;
    running.server.longestStandstillMs?.(); // what was before does not count
    const listing = lister.run(job);
    const [listed, got] = await Promise.all([listing, gets(running)]);
    if (running.kind.hub !== undefined) lists.push(...listed.listings.map(({ wholeMs }) => wholeMs));
    seen.set(`${running.kind.id} ${round}`, got);
    const standstillMs = running.server.longestStandstillMs?.();
    if (standstillMs !== undefined) standstills.set(`${running.kind.id} ${round}`, standstillMs);
    return { value: got.p99Ms };
  });
  for (const [name, figure] of [
    ["p50 of small GETs while one client lists", "p50Ms"],
    ["longest small GET while one client lists", "maxMs"],
  ] as const) {
    const workload: Workload = { name, unit: "ms" };
    await measure(
      context,
      workload,
      servers,
      async ({ kind }, round) => ({ value: seenBefore(seen.get(`${kind.id} ${round}`)?.[figure]) }),
      {
        warmUp: false,
      },
    );
  }
  const standstill: Workload = {
    name: "longest standstill of an event loop while one client lists",
    unit: "ms",
    goal: { atMost: 50 },
    oursAlone: true,
  };
  const watched = servers.filter(({ server }) => server.longestStandstillMs !== undefined);
  const figureOf = async ({ kind }: RunningServer, round: number) => ({ value: seenBefore(standstills.get(`${kind.id} ${round}`)) });
  await measure(context, standstill, watched, figureOf, { warmUp: false });
  if (lists.length > 0) context.results.note(`Holdfast listed in ${median(lists).toFixed(0)} ms (median) beside those GETs.`);
}

/** A figure of requests that another row of the table has counted already. */
function seenBefore(figure: number | undefined): number {
  if (figure === undefined) throw new Error("see above");
  return figure;
}
