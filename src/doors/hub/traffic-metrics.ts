import type { TrafficCounts, TrafficKey } from "#domain/repositories/object-traffic.ts";
import { metricText, type Sample } from "./gauge-text.ts";

/** rest-server's six counters, with its names and labels, so that dashboards made for it go on working (spec/restic-rest.md section 3.3). */
const COUNTERS = [
  ["rest_server_blob_write_total", "Objects stored", "writes"],
  ["rest_server_blob_write_bytes_total", "Bytes of objects stored", "writtenBytes"],
  ["rest_server_blob_read_total", "Objects read, or parts of them", "reads"],
  ["rest_server_blob_read_bytes_total", "Bytes of objects sent", "readBytes"],
  ["rest_server_blob_delete_total", "Objects removed", "deletes"],
  ["rest_server_blob_delete_bytes_total", "Bytes of objects removed", "deletedBytes"],
] as const satisfies readonly (readonly [string, string, keyof TrafficCounts])[];

/** The counters of what was stored, sent and removed, in pieces. */
export function* trafficMetrics(counted: readonly (TrafficKey & TrafficCounts)[]): Generator<string, void, undefined> {
  for (const [name, help, field] of COUNTERS) {
    const samples = counted
      .filter((counts) => counts[field] > 0)
      .map((counts): Sample => [{ user: counts.login, repo: repositoryLabel(counts.repository), type: counts.type }, counts[field]]);
    yield* metricText({ name, help, type: "counter" }, samples);
  }
}

/** A repository as rest-server labels it: its folders joined by slashes, nothing for the root. */
export function repositoryLabel(path: string): string {
  return path.slice(1, -1);
}
