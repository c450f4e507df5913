import { setTimeout as sleep } from "node:timers/promises";
import type { CountedByHub, LineToWorker, ToldByPrimary } from "./worker-messages.ts";

/** A worker that takes longer is left out: whoever asks for the metrics is not to wait for one that hangs. */
const ANSWER_MS = 1000;

/** The lines to the workers of this process, while it has any. */
export class WorkerLines {
  readonly #lines = new Map<LineToWorker, string>();
  #hadAny = false;

  /** Keeps the line until it ends. */
  add(line: LineToWorker): void {
    this.#hadAny = true;
    this.#lines.set(line, this.#freeName());
    void line.ended.then(() => this.#lines.delete(line));
  }

  /** Tells every worker, but for the one that it comes from. */
  tell<Topic extends keyof ToldByPrimary>(topic: Topic, message: ToldByPrimary[Topic], from?: LineToWorker): void {
    for (const line of this.#lines.keys()) if (line !== from) line.tell(topic, message);
  }

  /** How each worker fares; all have told before what they have counted. Undefined where there never were any. */
  async askMetrics(): Promise<CountedByHub["processes"] | undefined> {
    if (!this.#hadAny) return undefined;
    const answers = await Promise.all([...this.#lines].map(([line, name]) => askOne(line, name)));
    return answers.filter((answer) => answer !== undefined);
  }

  /** The lowest number that no living worker has: a time series for each place, not for each process there ever was. */
  #freeName(): string {
    const taken = new Set(this.#lines.values());
    for (let number = 1; ; number += 1) if (!taken.has(`${number}`)) return `${number}`;
  }
}

async function askOne(line: LineToWorker, name: string): Promise<CountedByHub["processes"][number] | undefined> {
  const answered = new AbortController();
  const late = sleep(ANSWER_MS, undefined, { signal: answered.signal, ref: false }).catch(() => undefined);
  try {
    const metrics = await Promise.race([line.ask("metrics", null), late]);
    return metrics === undefined ? undefined : { process: name, metrics };
  } catch {
    return undefined; // it has ended, or hangs
  } finally {
    answered.abort();
  }
}
