import { Counter, type Registry } from "prom-client";
import type { Core } from "#domain/core.ts";
import type { TrafficCounts } from "#domain/repositories/object-traffic.ts";

/** rest-server's six counters, with its names and labels, so that dashboards made for it go on working (spec/restic-rest.md section 3.3). */
const COUNTERS = [
  ["rest_server_blob_write_total", "Objects stored", "writes"],
  ["rest_server_blob_write_bytes_total", "Bytes of objects stored", "writtenBytes"],
  ["rest_server_blob_read_total", "Objects read, or parts of them", "reads"],
  ["rest_server_blob_read_bytes_total", "Bytes of objects sent", "readBytes"],
  ["rest_server_blob_delete_total", "Objects removed", "deletes"],
  ["rest_server_blob_delete_bytes_total", "Bytes of objects removed", "deletedBytes"],
] as const satisfies readonly (readonly [string, string, keyof TrafficCounts])[];

/** Puts the counters of what this process has stored, sent and removed into a registry. */
export function registerTraffic(core: Core, registry: Registry): void {
  for (const [name, help, field] of COUNTERS) {
    new Counter({
      name,
      help,
      labelNames: ["user", "repo", "type"],
      registers: [registry],
      collect() {
        this.reset(); // what is counted lies in the core
        for (const counts of core.traffic.all()) {
          if (counts[field] > 0)
            this.inc({ user: counts.login, repo: repositoryLabel(counts.repository), type: counts.type }, counts[field]);
        }
      },
    });
  }
}

/** A repository as rest-server labels it: its folders joined by slashes, nothing for the root. */
export function repositoryLabel(path: string): string {
  return path.slice(1, -1);
}
