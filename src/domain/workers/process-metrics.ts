import { collectDefaultMetrics, Registry } from "prom-client";

/** One metric of a process, with its values. */
export interface ProcessMetric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram" | "summary";
  readonly values: readonly {
    /** Where it is not that of the metric: `..._bucket`. */
    readonly name: string | undefined;
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
  }[];
}

/** How this process fares: memory, processor, event loop. Watching costs a little, so it begins with the first question. */
export class ProcessMetrics {
  #registry: Registry | undefined;

  async read(): Promise<readonly ProcessMetric[]> {
    if (this.#registry === undefined) {
      this.#registry = new Registry();
      collectDefaultMetrics({ register: this.#registry });
    }
    const metrics = await this.#registry.getMetricsAsJSON();
    const cpu = process.cpuUsage();
    // The library counts from when it was asked first.
    const seconds: Readonly<Record<string, number>> = {
      process_cpu_user_seconds_total: cpu.user / 1e6,
      process_cpu_system_seconds_total: cpu.system / 1e6,
      process_cpu_seconds_total: (cpu.user + cpu.system) / 1e6,
    };
    const told = metrics.map(({ name, help, type, values }) => ({
      name,
      help,
      type: String(type) as ProcessMetric["type"], // prom-client says it as one of these words
      values: values.map((value) => ({
        name: "metricName" in value && typeof value.metricName === "string" ? value.metricName : undefined,
        labels: Object.fromEntries(Object.entries(value.labels).map(([label, text]) => [label, String(text)])),
        value: seconds[name] ?? value.value,
      })),
    }));
    // Before its first sample the event loop's lag is no number, or the largest there is.
    const isKnown = ({ value }: { readonly value: number }) => Number.isFinite(value) && value < NO_SAMPLE;
    return told.map((metric) => ({ ...metric, values: metric.values.filter(isKnown) })).filter(({ values }) => values.length > 0);
  }
}

const NO_SAMPLE = 9e18;
