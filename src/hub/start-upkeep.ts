import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "#config.ts";
import type { Core } from "#domain/core.ts";
import { interruptLost } from "#domain/operations/interrupt-lost.ts";
import { startTimelineUpkeep } from "#domain/operations/timeline-upkeep.ts";
import { startRecounts } from "#domain/quotas/recounts.ts";
import { startTrashSweeper } from "#domain/removal/trash-sweeper.ts";
import { startLeftoverSweeper } from "#domain/repositories/leftover-sweeper.ts";
import { placeOf, RUN_FILE } from "./place.ts";
import { startJobs } from "./start-jobs.ts";
import { warnOfTrouble } from "./warn-of-trouble.ts";

/** What a hub does without being asked. Disposing stops it all. */
export interface Upkeep extends AsyncDisposable {
  /** Begins nothing large any more: what is under way ends before the doors do. */
  stop(): Promise<void>;
  /** Has the trash counted: a process that has ended without a word has not written down all that it had moved. */
  countTrash(): void;
}

/**
 * Starts what one process of a hub does for all of them, and first tidies up after the process that had this place before: the caller
 * holds the folder's lock, and nothing is served yet.
 */
export async function startUpkeep(core: Core, config: Config): Promise<Upkeep> {
  await using stack = new AsyncDisposableStack();
  const wasKilled = existsSync(join(config.data, RUN_FILE)); // whoever ends well takes it away
  await warnOfTrouble(core, config);
  await core.time.count();
  stack.defer(async () => void (await core.time.count().catch((error: unknown) => core.log.warn("the time was not noted", { error }))));
  // Whoever had this folder before us has ended: we hold its lock.
  stack.use(await interruptLost(core, (process) => process.startsWith(`${placeOf(config)}/`)));
  stack.use(startTimelineUpkeep(core));
  const sweeper = stack.use(startLeftoverSweeper(core));
  const trashSweeper = stack.use(startTrashSweeper(core));
  // The folder's lock says that no other hub is at work, unless others may share a server's database.
  await core.quotas.start({ alone: config.databaseUrl === undefined });
  if (wasKilled) void trashSweeper.countAfter(sweeper.first);
  const recounts = stack.use(startRecounts(core));
  const jobs = stack.use(await startJobs(core));
  const owned = stack.move();
  return {
    async stop() {
      sweeper[Symbol.dispose]();
      trashSweeper[Symbol.dispose]();
      await jobs[Symbol.asyncDispose]();
      await recounts[Symbol.asyncDispose]();
    },
    countTrash: () => void trashSweeper.countAfter(Promise.resolve()),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
