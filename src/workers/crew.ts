import type { Config } from "#config.ts";
import type { HubLine } from "#events/hub-line.ts";
import type { Accepted } from "#gate/reception.ts";
import { descriptorLimit } from "#lib/descriptor-limit.ts";
import type { Log } from "#lib/log.ts";
import { HubError } from "#model/hub-error.ts";
import { chooseWorker, mostConnections } from "./choose-worker.ts";
import type { ProcessNames } from "./messages.ts";
import { ReplacementPause } from "./replacement-pause.ts";
import { turnAway, WaitingRoom } from "./waiting-room.ts";
import { type WorkerEnd, WorkerProcess } from "./worker-process.ts";

/** Replaced workers that may still be at their last requests; the oldest is stopped when there are more. */
const MOST_RETIRING = 16;

export interface CrewOptions {
  readonly config: Config;
  readonly log: Log;
}

/** What the primary does for its workers. */
export interface Duties {
  /** Is called with the line to each new worker, before anything comes over it. */
  readonly onLine: (line: HubLine) => void;
  /** Is awaited after a worker has ended without a word: what it was doing is to be told as interrupted. */
  readonly onLost: (names: ProcessNames) => Promise<void>;
}

/** The workers of a hub: as many as are set serve, whatever becomes of one of them. */
export class Crew {
  readonly #options: CrewOptions;
  readonly #workers = new Set<WorkerProcess>();
  readonly #waiting: WaitingRoom;
  readonly #mostConnections = mostConnections({ descriptors: descriptorLimit() });
  /** Those that were handed to a worker that they did not reach: they get one more try. */
  readonly #missed = new WeakSet<Accepted>();
  readonly #pause: ReplacementPause;
  #isStopping = false;
  #pauses = new Set<NodeJS.Timeout>();
  #replacing: Promise<void> | undefined;
  #isReplacingAgain = false;
  /** What is still to be tidied up behind those that have ended without a word. */
  #lost: Promise<void> = Promise.resolve();
  readonly #duties = Promise.withResolvers<Duties>();
  readonly #go: Promise<Duties["onLine"]>;
  readonly #first: readonly WorkerProcess[];

  /** The workers begin to load their program; they open nothing before `start`. */
  constructor(options: CrewOptions) {
    this.#options = options;
    this.#go = this.#duties.promise.then(({ onLine }) => onLine);
    this.#waiting = new WaitingRoom(options.config.limits.headersTimeoutMs);
    this.#pause = new ReplacementPause({ mostMs: options.config.limits.workerPauseMs });
    this.#first = Array.from({ length: options.config.workers }, () => this.#begin());
  }

  /** Has them serve, once the database is as they need it. Throws the sentence of one that cannot; then none is left. */
  async start(duties: Duties): Promise<void> {
    this.#duties.resolve(duties);
    try {
      await Promise.all(this.#first.map(({ ready }) => ready));
    } catch (error) {
      await this.stop();
      throw error;
    }
    for (const worker of this.#first) this.#keep(worker);
  }

  /** Hands a connection to the worker that has the fewest. While there is none it waits; where all are full it is turned away. */
  hand(accepted: Accepted): void {
    const serving = this.#serving();
    const chosen = chooseWorker(serving, { mostConnections: this.#mostConnections });
    if (chosen !== undefined) chosen.give(accepted);
    else if (serving.length === 0) this.#waiting.add(accepted);
    else this.#refuse(accepted, "Every worker has as many connections as its file descriptors allow");
  }

  reloadCertificates(): void {
    for (const worker of this.#workers) worker.reloadCertificates();
  }

  /**
   * Replaces one worker after the other: a new one is ready before the old one gets no more connections, and that one stays until its last
   * request has ended. Asked again meanwhile it begins once more afterwards. Ends, and says so in the log, where a new one does not start.
   */
  async replace(): Promise<void> {
    if (this.#replacing !== undefined) {
      this.#isReplacingAgain = true;
      return await this.#replacing;
    }
    this.#replacing = this.#replaceAll().finally(() => {
      this.#replacing = undefined;
    });
    await this.#replacing;
  }

  /** Ends them all, each as soon as its requests have ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const pause of this.#pauses) clearTimeout(pause);
    this.#waiting[Symbol.dispose]();
    for (const worker of this.#workers) worker.stop();
    await Promise.all([...this.#workers].map(({ ended }) => ended));
    await this.#lost;
  }

  #serving(): WorkerProcess[] {
    return [...this.#workers].filter(({ isServing }) => isServing);
  }

  /** The log is a calm one: it writes a few of these in a minute. */
  #refuse(accepted: Accepted, reason: string): void {
    this.#options.log.warn("connection turned away", { error: new HubError("overloaded", reason) });
    turnAway(accepted);
  }

  #handAgain(missed: readonly Accepted[]): void {
    for (const accepted of missed) {
      if (this.#missed.has(accepted)) {
        this.#refuse(accepted, "The workers have no file descriptors left for it");
        continue;
      }
      this.#missed.add(accepted);
      this.hand(accepted);
    }
  }

  #begin(): WorkerProcess {
    const { config, log } = this.#options;
    const worker = new WorkerProcess({ config, log, go: this.#go, onMissed: (missed) => this.#handAgain(missed) });
    this.#workers.add(worker);
    void worker.ended.then((end) => this.#bury(worker, end));
    void worker.ready.then(
      () => {
        log.debug("a worker serves", { worker: worker.pid, process: worker.names?.timeline });
        this.#pause.served();
        for (const accepted of this.#waiting.takeAll()) this.hand(accepted);
      },
      () => undefined,
    );
    return worker;
  }

  #bury(worker: WorkerProcess, { code, signal, untaken }: WorkerEnd): void {
    this.#workers.delete(worker);
    for (const accepted of untaken) this.hand(accepted);
    if (code === 0 || worker.names === undefined) return;
    this.#options.log.error("a worker has ended without a word", {
      worker: worker.pid,
      code: code ?? undefined, // it has one or the other
      signal: signal ?? undefined,
    });
    const { names } = worker;
    this.#lost = this.#lost.then(async () => (await this.#duties.promise).onLost(names));
  }

  /** Sees to it that another takes its place when it dies. `earlyDeaths`: how many died there before it, each soon after its start. */
  #keep(worker: WorkerProcess, earlyDeaths = 0): void {
    void worker.ended.then(() => {
      if (this.#isStopping || worker.wasToldToEnd) return;
      const isEarly = worker.ageMs < this.#options.config.limits.workerPauseMs;
      this.#replaceLost(isEarly ? earlyDeaths + 1 : 1);
    });
  }

  #replaceLost(earlyDeaths: number): void {
    const { log } = this.#options;
    const isNobodyThere = [...this.#workers].every(({ wasToldToEnd }) => wasToldToEnd);
    const pauseMs = this.#pause.after({ earlyDeaths, isNobodyThere, nowMs: performance.now() });
    if (pauseMs > 0) log.warn("workers die soon after their start; the next one waits", { pauseMs });
    const pause = setTimeout(() => {
      this.#pauses.delete(pause);
      const worker = this.#begin();
      this.#keep(worker, earlyDeaths);
      worker.ready.then(
        () => log.info("a worker has taken the place of one that ended", { worker: worker.pid, process: worker.names?.timeline }),
        (error: Error) => {
          if (!this.#isStopping) log.error("a worker cannot start", { problem: error.message });
        },
      );
    }, pauseMs);
    this.#pauses.add(pause);
  }

  async #replaceAll(): Promise<void> {
    do {
      this.#isReplacingAgain = false;
      for (const old of this.#serving()) {
        if (this.#isStopping || !old.isServing) continue; // one that has died meanwhile is replaced anyway
        const fresh = this.#begin();
        try {
          await fresh.ready;
        } catch (error) {
          if (this.#isStopping) return;
          const problem = error instanceof Error ? error.message : String(error);
          this.#options.log.error("workers not replaced, the old ones stay: a new one cannot start", { problem });
          return;
        }
        this.#keep(fresh);
        this.#options.log.info("worker replaced", { old: old.pid, worker: fresh.pid });
        old.retire();
        this.#boundRetiring();
      }
    } while (this.#isReplacingAgain && !this.#isStopping);
  }

  #boundRetiring(): void {
    const retiring = [...this.#workers].filter(({ wasToldToEnd }) => wasToldToEnd); // the oldest first
    for (const worker of retiring.slice(0, Math.max(0, retiring.length - MOST_RETIRING))) worker.stop();
  }
}
