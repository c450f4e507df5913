import type { ExpectedBody } from "./body-check.ts";

/** Which requests are sent, and what each must be answered with; the same for every protocol. */
export interface LoadPlan {
  readonly host: string;
  readonly port: number;
  /** The certificates to trust; clear text without them. */
  readonly ca?: string | undefined;
  /** How many requests are on their way at once. */
  readonly connections: number;
  /** Sends the requests in turn, again and again, for so long; each once when it is left out. */
  readonly ms?: number | undefined;
  /** The status, the bytes of the body, and what Content-Length says where that is something else (HEAD). */
  readonly expect: { readonly status: number; readonly bodyBytes: number; readonly contentLength?: number };
  /** The bodies, in the order of the requests; only their length is looked at when it is left out. */
  readonly bodies?: readonly ExpectedBody[] | undefined;
}

/** Requests that were answered as expected, and how long each took. */
export interface LoadResult {
  readonly perSecond: number;
  readonly count: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Hands out turns to the connections of one load, and keeps the times. */
export class Turns {
  readonly #count: number;
  readonly #untilMs: number | undefined;
  readonly #startedAtMs = performance.now();
  readonly #times: number[] = [];
  #next = 0;

  constructor(count: number, ms: number | undefined) {
    this.#count = count;
    this.#untilMs = ms === undefined ? undefined : this.#startedAtMs + ms;
  }

  /** The index of the request to send next; undefined when it is enough. */
  take(): number | undefined {
    const over = this.#untilMs === undefined ? this.#next >= this.#count : performance.now() >= this.#untilMs;
    if (over) return undefined;
    const index = this.#next % this.#count;
    this.#next += 1;
    return index;
  }

  answered(sentAtMs: number): void {
    this.#times.push(performance.now() - sentAtMs);
  }

  result(): LoadResult {
    const seconds = (performance.now() - this.#startedAtMs) / 1000;
    const times = Float64Array.from(this.#times).sort();
    const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
    return { perSecond: times.length / seconds, count: times.length, seconds, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
  }
}
