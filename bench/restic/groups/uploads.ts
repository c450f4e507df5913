import { checkStored, removePacks } from "../check-stored.ts";
import type { BenchContext, Group } from "../context.ts";
import type { Target } from "../load-jobs.ts";
import { syncDisk } from "../machine.ts";
import { measure, openServers, type RunningServer } from "../running-servers.ts";
import type { Figures, Workload } from "../workload.ts";

const SMALL: readonly (Workload & { readonly connections: number })[] = [
  { name: "upload 4 KiB, 5 connections", unit: "/s", cpuUnit: "us each", goal: { speed: 1.2 }, connections: 5 },
  { name: "upload 4 KiB, 16 connections", unit: "/s", cpuUnit: "us each", goal: { speed: 1.2 }, connections: 16 },
];

/** Uploads: each object is one the server has not seen, and is looked up on its disk afterwards. */
export const uploads: Group = {
  name: "uploads",
  title: "Uploads",
  notes: ["rclone neither hashes nor syncs what it is sent; Holdfast and rest-server do both before they answer."],
  async run(context) {
    await using servers = await openServers(context);
    const { packs, packBytes, smallUploads } = context.sizes;
    const name = `upload ${packBytes / 1024 ** 2} MiB, 5 connections`;
    const large: Workload = { name, unit: "MiB/s", cpuUnit: "s/GiB", goal: { speed: 1, cpu: 1 } };
    await measure(context, large, servers.all, (running, round) =>
      upload(context, running, { target: running.target(), seed: `packs ${round}`, count: packs, bytes: packBytes, connections: 5 }),
    );
    for (const workload of SMALL) {
      const { connections } = workload;
      await measure(context, workload, servers.all, (running, round) => {
        const seed = `${workload.name} ${round}`;
        return upload(context, running, { target: running.target(), seed, count: smallUploads, bytes: 4096, connections });
      });
    }
  },
};

export interface UploadOptions {
  readonly target: Target;
  readonly seed: string;
  readonly count: number;
  readonly bytes: number;
  readonly connections: number;
}

/** Uploads new objects, checks them on the disk and removes them: rate and processor time, per GiB of large ones and each of small ones. */
export async function upload({ client }: BenchContext, running: RunningServer, options: UploadOptions): Promise<Figures> {
  const { target, connections, ...objects } = options;
  const job = { kind: "requests", target, method: "POST", objects, connections } as const;
  const { result, cpuSeconds } = await running.watched(() => client.run(job));
  await checkStored(running.repository, result.ids);
  await removePacks(running.repository, result.ids);
  await syncDisk(running.repository);
  return rateOf({ ...result, bytes: objects.bytes, cpuSeconds });
}

/** MiB per second and seconds of processor time per GiB; requests per second and microseconds each for what is smaller than 64 KiB. */
export function rateOf(options: {
  readonly count: number;
  readonly seconds: number;
  readonly bytes: number;
  readonly cpuSeconds: number;
}): Figures {
  const { count, seconds, bytes, cpuSeconds } = options;
  if (bytes < 64 * 1024) return { value: count / seconds, cpu: (cpuSeconds * 1e6) / count };
  const mib = (count * bytes) / 1024 ** 2;
  return { value: mib / seconds, cpu: (cpuSeconds * 1024) / mib };
}
