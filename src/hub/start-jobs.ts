import { sweepArchives } from "#domain/archives/sweep-archives.ts";
import type { Core } from "#domain/core.ts";
import { Jobs } from "#jobs/jobs.ts";

const SWEEP_DEADLINE_MS = 60 * 60_000;

/** Starts what is done when it is due, by whichever process of the hub, or of several on one database, comes first. Disposing stops it. */
export async function startJobs(core: Core): Promise<AsyncDisposable> {
  const { database, log, limits, clock } = core;
  const jobs = new Jobs({
    database,
    log,
    limits,
    clock,
    jobs: [
      {
        kind: "archives.sweep",
        lane: "upkeep",
        deadlineMs: SWEEP_DEADLINE_MS,
        run: async (_work, signal) => {
          await sweepArchives(core, signal);
          return clock() + limits.sweepEveryMs;
        },
      },
    ],
  });
  jobs.start();
  try {
    await jobs.schedule({ kind: "archives.sweep", key: "all", dueAtMs: clock(), payload: null, move: "earlier" });
  } catch (error) {
    log.error("what is due could not be written down; what was before is still done", { error });
  }
  return jobs;
}
