import { type ChildProcess, fork } from "node:child_process";
import type { Config } from "#config.ts";
import { HubLine } from "#events/hub-line.ts";
import type { Accepted } from "#gate/reception.ts";
import type { Log } from "#lib/log.ts";
import type { Order, ProcessNames, Report } from "./messages.ts";
import { lineWire, sendTo } from "./process-wire.ts";
import { BEAT_MS, Pulse } from "./pulse.ts";

/** After what it may take, a worker that was told to stop is ended. */
const STOP_MARGIN_MS = 10_000;
/** For so long after a connection did not reach it, a worker is taken to be out of file descriptors. */
const FULL_MS = 10_000;

/** How a worker ended. */
export interface WorkerEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Connections that it has not taken: nothing of them has been read, and another may serve them. */
  readonly untaken: readonly Accepted[];
}

interface Given {
  readonly accepted: Accepted;
  /** How often the worker had been asked before. */
  readonly asked: number;
  isTaken: boolean;
}

export interface WorkerOptions {
  readonly config: Config;
  readonly log: Log;
  /** The worker loads its program meanwhile, and opens nothing before this resolves to what is called with its line. */
  readonly go: Promise<(line: HubLine) => void>;
  /** Is called with connections that did not reach it and never will: it has no file descriptor left. It goes on with those it has. */
  readonly onMissed: (missed: readonly Accepted[]) => void;
}

/** A worker as the primary sees it: a process that is handed connections until it is told to end. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #options: WorkerOptions;
  readonly #given = new Map<number, Given>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<WorkerEnd>();
  readonly #startedAtMs = performance.now();
  readonly #pulse = new Pulse();
  readonly #watch: NodeJS.Timeout;
  /** Beats since it could have begun to start. */
  #startBeats: number | undefined;
  /** It has its first order, and answers from there on. */
  #hasBegun = false;
  #missedAtMs = Number.NEGATIVE_INFINITY;
  #names: ProcessNames | undefined;
  #problem = "A worker ended before it was ready; its last words are above.";
  #connections = 0;
  #isServing = false;
  #wasToldToEnd = false;

  constructor(options: WorkerOptions) {
    this.#options = options;
    const { limits } = options.config;
    // The same program again, which sees by its channel that it is a worker. The socket stays open here until it is taken there.
    this.#child = fork(process.argv[1] ?? "", ["worker"], { serialization: "advanced", stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const onFault = (error: unknown) => options.log.error("message from a worker not taken", { error });
    const { workerAnswerMs, workerTellMs, workerSilenceMs } = limits;
    const wire = lineWire(this.#child, () => this.#pulse.silentMs >= workerSilenceMs);
    const line = new HubLine(wire, { answerMs: workerAnswerMs, tellDelayMs: workerTellMs, onFault });
    this.#child.on("message", (report: Report) => this.#take(report, line));
    this.#child.once("error", (error) => this.#end({ code: null, signal: null, problem: `A worker cannot be started: ${error.message}.` }));
    this.#child.once("exit", (code, signal) => this.#end({ code, signal }));
    this.#watch = setInterval(() => this.#beat(), BEAT_MS).unref();
    void options.go.then(() => {
      this.#startBeats = 0;
    });
    this.#ready.promise.catch(() => undefined); // whoever waits for it hears of it
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resolves when it serves. Throws its sentence for people when it cannot. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get ended(): Promise<WorkerEnd> {
    return this.#ended.promise;
  }

  /** How the database knows it; undefined until it is ready. */
  get names(): ProcessNames | undefined {
    return this.#names;
  }

  /** How long it has been there. */
  get ageMs(): number {
    return performance.now() - this.#startedAtMs;
  }

  /** Whether it takes connections. */
  get isServing(): boolean {
    return this.#isServing && !this.#wasToldToEnd && this.#child.connected;
  }

  /** Connections that it has, or will have in a moment. */
  get connections(): number {
    return this.#given.size;
  }

  /** Whether it owes an answer, or a connection did not reach it a moment ago. */
  get isInTrouble(): boolean {
    return this.#pulse.silentMs > 0 || performance.now() - this.#missedAtMs < FULL_MS;
  }

  /** Whether it was told to retire, or to stop. */
  get wasToldToEnd(): boolean {
    return this.#wasToldToEnd;
  }

  /**
   * Hands a connection over. Should the worker die before it has taken it, it is among those that `ended` tells of; should it not reach the
   * worker, `onMissed` is called.
   */
  give(accepted: Accepted): void {
    this.#connections += 1;
    const id = this.#connections;
    this.#given.set(id, { accepted, asked: this.#pulse.asked, isTaken: false });
    const { listener, address, surplus, socket } = accepted;
    const order: Order = { kind: "connection", id, listener, address, surplus };
    // One that cannot be sent is untaken when the worker ends. One that does not reach it because it can open nothing more is not sent
    // again (Node does that only without `keepOpen`); what is sent behind it arrives.
    this.#child.send(order, socket, { keepOpen: true }, () => undefined);
  }

  reloadCertificates(): void {
    this.#order({ kind: "reloadCertificates" });
  }

  /** Tells it to end with its last connection, or to stop when that has not come after `workerRetireMs`. */
  retire(): void {
    if (this.#wasToldToEnd) return;
    this.#wasToldToEnd = true;
    this.#order({ kind: "retire" });
    const timer = setTimeout(() => this.stop(), this.#options.config.limits.workerRetireMs).unref();
    void this.ended.then(() => clearTimeout(timer));
  }

  /** Tells it to end as soon as the requests that it has are done, in bounds. One that does not serve yet is ended. */
  stop(): void {
    this.#wasToldToEnd = true;
    if (!this.#isServing) {
      this.kill();
      return;
    }
    this.#order({ kind: "stop" });
    const { shutdownMs, drainTimeoutMs } = this.#options.config.limits;
    const timer = setTimeout(() => this.kill(), shutdownMs + drainTimeoutMs + STOP_MARGIN_MS);
    void this.ended.then(() => clearTimeout(timer));
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #order(order: Order): void {
    sendTo(this.#child, order);
  }

  #take(report: Report, line: HubLine): void {
    if (report.kind === "hello") void this.#start(line);
    else if (report.kind === "ready") {
      this.#names = report.names;
      this.#isServing = true;
      this.#ready.resolve();
    } else if (report.kind === "pong") this.#answered();
    else if (report.kind === "renamed") this.#names = report.names;
    else if (report.kind === "failed") this.#fail(report.problem);
    else if (report.kind === "taken") this.#taken(report.id);
    else if (report.kind === "closed") this.#closed(report.id);
  }

  async #start(line: HubLine): Promise<void> {
    const onLine = await this.#options.go;
    onLine(line);
    this.#hasBegun = true;
    this.#order({ kind: "start", config: this.#options.config });
  }

  #fail(problem: string): void {
    this.#problem = problem;
    const timer = setTimeout(() => this.kill(), STOP_MARGIN_MS); // it ends by itself
    void this.ended.then(() => clearTimeout(timer));
  }

  #taken(id: number): void {
    const given = this.#given.get(id);
    if (given === undefined) return;
    given.isTaken = true;
    given.accepted.release();
  }

  #closed(id: number): void {
    this.#given.get(id)?.accepted.leave();
    this.#given.delete(id);
  }

  #beat(): void {
    const { workerSilenceMs, workerStartMs } = this.#options.config.limits;
    if (this.#names === undefined) {
      if (this.#startBeats === undefined) return;
      this.#startBeats += 1;
      if (this.#startBeats * BEAT_MS >= workerStartMs) this.#giveUp();
    }
    if (this.#hasBegun && this.#child.connected && this.#pulse.beat()) this.#order({ kind: "ping" });
    if (this.#names === undefined || this.#pulse.silentMs < workerSilenceMs || this.#child.killed) return;
    this.#options.log.error("a worker does not answer and is ended", { worker: this.pid });
    this.kill();
  }

  /** What was sent before the question has come, or never will. */
  #answered(): void {
    this.#pulse.answered();
    const missed: Accepted[] = [];
    for (const [id, { accepted, asked, isTaken }] of this.#given) {
      if (isTaken || asked >= this.#pulse.asked) continue;
      this.#given.delete(id);
      missed.push(accepted);
    }
    if (missed.length === 0) return;
    this.#missedAtMs = performance.now();
    this.#options.onMissed(missed);
  }

  #giveUp(): void {
    this.#problem = `A worker was not ready after ${this.#options.config.limits.workerStartMs} ms.`;
    this.kill();
  }

  #end({ code, signal, problem }: Omit<WorkerEnd, "untaken"> & { readonly problem?: string }): void {
    clearInterval(this.#watch);
    this.#isServing = false;
    const untaken: Accepted[] = [];
    for (const { accepted, isTaken } of this.#given.values()) {
      if (isTaken) accepted.leave();
      else untaken.push(accepted);
    }
    this.#given.clear();
    this.#ready.reject(new Error(problem ?? this.#problem));
    this.#ended.resolve({ code, signal, untaken });
  }
}
