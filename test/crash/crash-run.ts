import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { seededRandom } from "#storage/memory/seeded-random.ts";
import { checkRound } from "./check-round.ts";
import { type CrashHub, type CrashHubOptions, startCrashHub } from "./crash-hub.ts";
import { type CrashPlace, makeFolder, openCrashPlace } from "./crash-place.ts";
import { runRound } from "./crash-round.ts";
import { newestRestic } from "./restic-load.ts";
import { planRound, type RoundPlan } from "./round-plan.ts";
import type { Tally } from "./tally.ts";

export const TREE = fileURLToPath(new URL("../..", import.meta.url));
const MOST_FAILURES = 5;

export interface CrashRunOptions {
  /** Rounds to have been done in the end, those of the tally included. */
  readonly rounds: number;
  /** Data folders are made in it. */
  readonly folder: string;
  /** The checkout whose hub it is. */
  readonly tree: string;
  readonly workers: number | undefined;
  /** A data folder is used for so many rounds. */
  readonly renewEvery: number;
  /** restic's check reads every byte in every so manieth round. */
  readonly readDataEvery: number;
  /** Leaves the data folders of rounds without a failure where they are, too. */
  readonly keep: boolean;
  readonly signal: AbortSignal;
  readonly afterRound: (tally: Tally, plan: RoundPlan, ms: number) => Promise<void> | void;
}

/** Runs rounds and adds them to `tally`, until all are done, five have failed, or `signal` aborts between two. */
export async function runCrashRounds(tally: Tally, options: CrashRunOptions): Promise<void> {
  tally.restic = newestRestic() ?? null;
  while (tally.roundsDone < options.rounds && tally.failures.length < MOST_FAILURES && !options.signal.aborted) {
    await runInOneFolder(tally, options);
  }
}

/** Starts a hub and has it end well: only then Node keeps the code that it has compiled, for all that are killed. */
export async function warmUp({ folder, tree, workers }: Pick<CrashRunOptions, "folder" | "tree" | "workers">): Promise<void> {
  const made = await makeFolder(join(folder, "warm-up"));
  const hub = await startCrashHub({ tree, data: made.data, workers }).ready;
  const code = await hub.stop();
  if (code !== 0) throw new Error(`a hub that was asked to end ended with ${code}; it said: ${hub.lines().join("\n")}`);
  await rm(made.folder, { recursive: true, force: true });
}

/** Rounds over one data folder: until it is to be renewed, or one has failed. */
async function runInOneFolder(tally: Tally, options: CrashRunOptions): Promise<void> {
  const since = tally.nextRound;
  const made = await makeFolder(join(options.folder, `since-${since}`));
  const hubOptions: CrashHubOptions = { tree: options.tree, data: made.data, workers: options.workers };
  let hub = await startCrashHub(hubOptions).ready;
  let hasFailed = false;
  try {
    await using place = await openCrashPlace(made, hub, seededRandom(tally.seed ^ since));
    const isNew = () => tally.nextRound > since && tally.nextRound % options.renewEvery === 0;
    while (tally.roundsDone < options.rounds && !hasFailed && !isNew() && !options.signal.aborted) {
      const startedAtMs = performance.now();
      const plan = planRound(tally.seed, tally.nextRound, { workers: (options.workers ?? 1) > 1, readDataEvery: options.readDataEvery });
      const { problems, last } = await oneRound(plan, place, hub, { hubOptions, tally });
      hub = last;
      count(tally, plan, performance.now() - startedAtMs);
      hasFailed = problems.length > 0;
      if (hasFailed) {
        tally.failures.push({ round: plan.number, folderSince: since, end: plan.end, problems, folder: made.folder });
        await writeFile(join(made.folder, "hub.log"), hub.lines().join("\n"));
        await writeFile(join(made.folder, "problems.txt"), problems.join("\n"));
      }
      await options.afterRound(tally, plan, performance.now() - startedAtMs);
    }
    addAcknowledged(tally, place);
  } finally {
    await hub.kill();
  }
  if (!hasFailed && !options.keep) await rm(made.folder, { recursive: true, force: true });
}

interface RoundOptions {
  readonly hubOptions: CrashHubOptions;
  readonly tally: Tally;
}

/** Never rejects: what goes wrong in any other way is a problem of the round too. */
async function oneRound(
  plan: RoundPlan,
  place: CrashPlace,
  hub: CrashHub,
  { hubOptions, tally }: RoundOptions,
): Promise<{ problems: string[]; last: CrashHub }> {
  let last = hub;
  try {
    const result = await runRound(plan, place, hub, hubOptions);
    last = result.hub;
    tally.slowestStartMs = Math.max(tally.slowestStartMs, result.startMs);
    tally.workersKilled += result.workersKilled;
    tally.resticCommands += result.resticEnded;
    tally.resticCommandsEndedWell += result.resticEndedWell;
    tally.commands[result.command] = (tally.commands[result.command] ?? 0) + 1;
    const problems = await checkRound(plan, place, last, { inFlight: result.inFlight, tally });
    return { problems: [...result.problems, ...problems], last };
  } catch (error) {
    return { problems: [error instanceof Error ? (error.stack ?? error.message) : String(error)], last };
  }
}

function count(tally: Tally, { end }: RoundPlan, ms: number): void {
  tally.roundsDone += 1;
  tally.nextRound += 1;
  tally.seconds += ms / 1000;
  tally.ends[end] = (tally.ends[end] ?? 0) + 1;
}

function addAcknowledged(tally: Tally, { ledger }: CrashPlace): void {
  for (const kind of ["post", "delete", "restore"] as const) tally.acknowledged[kind] += ledger.acknowledged[kind];
}
