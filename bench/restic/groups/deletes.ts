import { checkGone } from "../check-stored.ts";
import type { Group } from "../context.ts";
import { syncDisk } from "../machine.ts";
import { measure, openServers } from "../running-servers.ts";
import type { Workload } from "../workload.ts";
import { rateOf } from "./uploads.ts";

const WORKLOAD: Workload = { name: "delete 4 KiB objects, 5 connections", unit: "/s", cpuUnit: "us each" };

/** Deletes objects that were put on the disk before. */
export const deletes: Group = {
  name: "deletes",
  title: "Deletes",
  notes: ["Holdfast moves what is deleted to a trash that survives a power cut; the others unlink it."],
  async run(context) {
    const { client, sizes } = context;
    await using servers = await openServers(context);
    await measure(context, WORKLOAD, servers.all, async (running, round) => {
      const objects = { seed: `deletes ${round}`, count: sizes.deletes, bytes: 4096 };
      await client.run({ kind: "write", folder: running.repository, objects });
      await syncDisk(running.repository);
      const job = { kind: "requests", target: running.target(), method: "DELETE", objects, connections: 5 } as const;
      const { result, cpuSeconds } = await running.watched(() => client.run(job));
      await checkGone(running.repository, result.ids);
      return rateOf({ ...result, bytes: objects.bytes, cpuSeconds });
    });
  },
};
