import type { ProcessMetric } from "#domain/workers/process-metrics.ts";
import type { CountedByHub } from "#domain/workers/worker-messages.ts";
import { metricText, type Sample } from "./gauge-text.ts";

/** How each process of the hub fares, in pieces; told apart by the label `process` where there are several. */
export function* processMetrics(processes: CountedByHub["processes"]): Generator<string, void, undefined> {
  const metrics = new Map<string, { readonly metric: ProcessMetric; readonly samples: Sample[] }>();
  for (const { process, metrics: ofProcess } of processes) {
    const label = process === undefined ? {} : { process };
    for (const metric of ofProcess) {
      const known = metrics.get(metric.name) ?? { metric, samples: [] };
      metrics.set(metric.name, known);
      for (const { name, labels, value } of metric.values) known.samples.push([{ ...label, ...labels }, value, name]);
    }
  }
  for (const { metric, samples } of metrics.values()) yield* metricText(metric, samples);
}
