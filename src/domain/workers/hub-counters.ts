import type { ObjectTraffic } from "../repositories/object-traffic.ts";
import type { ProcessMetrics } from "./process-metrics.ts";
import type { WorkerLines } from "./worker-lines.ts";
import type { CountedByHub, LineToPrimary } from "./worker-messages.ts";

/** Knows what all processes of the hub have counted together. */
export interface HubCounters {
  /** Throws `unavailable` when the process that keeps the totals does not answer. */
  read(): Promise<CountedByHub>;
}

/** In the process that keeps the totals: a hub of one process, or a primary, which has its workers tell theirs first. */
export class OwnCounters implements HubCounters {
  readonly #traffic: ObjectTraffic;
  readonly #metrics: ProcessMetrics;
  readonly #workers: WorkerLines;

  constructor(traffic: ObjectTraffic, metrics: ProcessMetrics, workers: WorkerLines) {
    this.#traffic = traffic;
    this.#metrics = metrics;
    this.#workers = workers;
  }

  async read(): Promise<CountedByHub> {
    const [own, others] = [await this.#metrics.read(), await this.#workers.askMetrics()];
    const processes = [{ process: others === undefined ? undefined : "primary", metrics: own }, ...(others ?? [])];
    return { traffic: [...this.#traffic.all()], processes };
  }
}

/** In a worker. */
export class ToldCounters implements HubCounters {
  readonly #line: LineToPrimary;

  constructor(line: LineToPrimary) {
    this.#line = line;
  }

  async read(): Promise<CountedByHub> {
    return await this.#line.ask("counted", null);
  }
}
