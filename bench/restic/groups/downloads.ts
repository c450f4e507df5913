import type { BenchContext, Group } from "../context.ts";
import type { Target } from "../load-jobs.ts";
import { measure, openServers, type RunningServer } from "../running-servers.ts";
import type { Figures, Workload } from "../workload.ts";
import { storeEverywhere } from "./small.ts";
import { rateOf } from "./uploads.ts";

const MIB = 1024 * 1024;
const PACKS = 10;

/** Packs and parts of packs, out of the page cache. */
export const downloads: Group = {
  name: "downloads",
  title: "Downloads",
  async run(context) {
    const { packBytes } = context.sizes;
    const whole: Workload = {
      name: `download ${packBytes / MIB} MiB, 5 connections`,
      unit: "MiB/s",
      cpuUnit: "s/GiB",
      goal: { speed: 1, cpu: 1 },
    };
    const part: Workload = { ...whole, name: `range of 1 MiB of ${packBytes / MIB} MiB, 5 connections` };
    await using servers = await openServers(context);
    await storeEverywhere(context, servers.all, packsOf(packBytes));
    await measure(context, whole, servers.all, (running) => download(context, running, { target: running.target() }));
    await measure(context, part, servers.all, (running) => download(context, running, { target: running.target(), rangeBytes: MIB }));
  },
};

/** The packs that `download` asks for. */
export function packsOf(bytes: number) {
  return { seed: "downloads", count: PACKS, bytes } as const;
}

/** Downloads packs, or a part of each, for as long as the sizes say: MiB per second and processor time per GiB. */
export async function download(
  { client, sizes }: BenchContext,
  running: RunningServer,
  { target, rangeBytes }: { readonly target: Target; readonly rangeBytes?: number },
): Promise<Figures> {
  const range = rangeBytes === undefined ? {} : { rangeBytes };
  const objects = packsOf(sizes.packBytes);
  const job = { kind: "requests", target, method: "GET", objects, connections: 5, ms: sizes.loadMs, ...range } as const;
  const { result, cpuSeconds } = await running.watched(() => client.run(job));
  return rateOf({ ...result, bytes: rangeBytes ?? sizes.packBytes, cpuSeconds });
}
