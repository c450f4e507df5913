import { checkStored } from "../check-stored.ts";
import type { BenchContext, Group } from "../context.ts";
import type { RequestsJob } from "../load-jobs.ts";
import type { ObjectSet } from "../objects.ts";
import { measure, openServers, type RunningServer } from "../running-servers.ts";
import type { Workload } from "../workload.ts";

export const CONNECTIONS = 16;
export const SMALL: ObjectSet = { seed: "small", count: 64, bytes: 4096 };
const GOAL = { speed: 1.5, speedOfSeveral: 2, cpu: 0.6 };

const WORKLOADS: readonly (Workload & Pick<RequestsJob, "method" | "rangeBytes">)[] = [
  { name: "GET 4 KiB, 16 connections", unit: "/s", cpuUnit: "us each", goal: GOAL, method: "GET" },
  { name: "HEAD, 16 connections", unit: "/s", cpuUnit: "us each", goal: GOAL, method: "HEAD" },
  { name: "range of 1 KiB of 4 KiB, 16 connections", unit: "/s", cpuUnit: "us each", goal: GOAL, method: "GET", rangeBytes: 1024 },
];

/** Small requests that change nothing. */
export const small: Group = {
  name: "small",
  title: "Small objects",
  async run(context) {
    await using servers = await openServers(context);
    await storeEverywhere(context, servers.all, SMALL);
    for (const workload of WORKLOADS) {
      await measure(context, workload, servers.all, (running) => measureSmall(context, running, { ...workload, target: running.target() }));
    }
  },
};

/** Rate and processor time of one load of small requests. */
export async function measureSmall(
  { client, sizes }: BenchContext,
  running: RunningServer,
  { target, method, rangeBytes }: Pick<RequestsJob, "target" | "method" | "rangeBytes">,
) {
  const range = rangeBytes === undefined ? {} : { rangeBytes };
  const job = { kind: "requests", target, method, objects: SMALL, connections: CONNECTIONS, ms: sizes.loadMs, ...range } as const;
  const { result, cpuSeconds } = await running.watched(() => client.run(job));
  return { value: result.perSecond, cpu: (cpuSeconds * 1e6) / result.count };
}

/** Uploads a set to every server and looks at what lies on its disk. */
export async function storeEverywhere({ client }: BenchContext, servers: readonly RunningServer[], objects: ObjectSet): Promise<void> {
  for (const running of servers) {
    const job = { kind: "requests", target: running.target(), method: "POST", objects, connections: 5 } as const;
    const { ids } = await client.run(job);
    await checkStored(running.repository, ids);
  }
}
