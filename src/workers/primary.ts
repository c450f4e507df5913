import type { Config } from "#config.ts";
import type { Core } from "#domain/core.ts";
import { interruptProcess } from "#domain/operations/interrupt-lost.ts";
import { serveWorker } from "#domain/workers/serve-worker.ts";
import { openReception } from "#gate/reception.ts";
import { announce } from "#hub/announce.ts";
import { startUpkeep, type Upkeep } from "#hub/start-upkeep.ts";
import { takeFolder } from "#hub/take-folder.ts";
import { type Hub, openCore } from "#hub.ts";
import { CalmLog } from "#lib/calm-log.ts";
import type { Log } from "#lib/log.ts";
import { Crew } from "./crew.ts";
import type { ProcessNames } from "./messages.ts";

/** A running hub whose requests are answered by other processes. */
export interface Primary extends Hub {
  /** Replaces the workers one after another, without losing a request. Resolves when the last old one has been told to retire. */
  replaceWorkers(): Promise<void>;
}

/**
 * Starts the hub with `config.workers` processes that serve. This one has the folder's lock, migrates the database, listens, hands over
 * what it accepts and does the upkeep; it reads nothing that a client sends. Throws a sentence for people when it cannot start.
 */
export async function startPrimary(config: Config, lines: Log): Promise<Primary> {
  await using stack = new AsyncDisposableStack();
  const log = stack.use(new CalmLog(lines));
  stack.use(takeFolder(config, log));
  const crew = new Crew({ config, log });
  stack.defer(() => crew.stop());
  const core = stack.use(await openCore(config, log));
  const upkeep = stack.use(await startUpkeep(core, config));
  const listeners = Object.entries(config.listeners).map(([name, listener]) => ({ name, ...listener }));
  const { limits, proxy } = config;
  const reception = stack.use(await openReception({ listeners, limits, proxy, log, hand: (accepted) => crew.hand(accepted) }));
  await crew.start({ onLine: (line) => void serveWorker(core, line), onLost: (names) => tidyUp(core, upkeep, names) });
  stack.use(announce(core, config, reception.addresses));
  stack.defer(() => crew.stop());
  const owned = stack.move();
  return {
    core,
    addresses: reception.addresses,
    reloadCertificates: async () => crew.reloadCertificates(),
    replaceWorkers: () => crew.replace(),
    async close() {
      await upkeep.stop();
      reception[Symbol.dispose]();
      await crew.stop();
      await owned.disposeAsync();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Tells what a worker was doing that has ended without a word, and has counted what it has not written down. */
async function tidyUp(core: Core, upkeep: Upkeep, { timeline, quotas }: ProcessNames): Promise<void> {
  try {
    await interruptProcess(core, timeline);
    await core.database.write("buryQuotaProcesses", { processes: [quotas], nowMs: core.clock() });
    core.quotas.wakeRecounts();
    upkeep.countTrash();
  } catch (error) {
    core.log.warn("what a lost worker was doing is looked after later", { error }); // by its silence
  }
}
