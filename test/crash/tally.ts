import { readFile, rename, writeFile } from "node:fs/promises";
import { type InFlightTally, noInFlight } from "./check-objects.ts";
import type { ActKind } from "./ledger.ts";
import type { RoundEnd } from "./round-plan.ts";

/** A round in which a promise was broken. */
export interface RoundFailure {
  readonly round: number;
  /** The data folder was new in this one: to repeat the round begin here. */
  readonly folderSince: number;
  readonly end: RoundEnd;
  readonly problems: readonly string[];
  /** Where the data folder and the hub's last lines lie. */
  readonly folder: string;
}

/** What came of all rounds so far; written to a file after each. */
export interface Tally {
  readonly seed: number;
  readonly workers: number | null;
  readonly startedAt: string;
  restic: string | null;
  roundsDone: number;
  nextRound: number;
  seconds: number;
  readonly ends: Partial<Record<RoundEnd, number>>;
  /** Requests that clients had an answer to. */
  readonly acknowledged: Record<ActKind, number>;
  /** Requests without an answer when the hub ended, by how their objects were found. */
  readonly inFlight: Record<ActKind, InFlightTally>;
  resticCommands: number;
  resticCommandsEndedWell: number;
  resticChecks: number;
  resticChecksReadingData: number;
  readonly commands: Record<string, number>;
  workersKilled: number;
  slowestStartMs: number;
  readonly failures: RoundFailure[];
}

/** That of a run which has not begun. */
export function newTally({
  seed,
  workers,
  first,
}: {
  readonly seed: number;
  readonly workers: number | undefined;
  readonly first: number;
}): Tally {
  return {
    seed,
    workers: workers ?? null,
    startedAt: new Date().toISOString(),
    restic: null,
    roundsDone: 0,
    nextRound: first,
    seconds: 0,
    ends: {},
    acknowledged: { post: 0, delete: 0, restore: 0 },
    inFlight: noInFlight(),
    resticCommands: 0,
    resticCommandsEndedWell: 0,
    resticChecks: 0,
    resticChecksReadingData: 0,
    commands: {},
    workersKilled: 0,
    slowestStartMs: 0,
    failures: [],
  };
}

/** Writes it so that a run that is broken off leaves the last one whole. */
export async function saveTally(file: string, tally: Tally): Promise<void> {
  await writeFile(`${file}.new`, `${JSON.stringify(tally, undefined, 2)}\n`);
  await rename(`${file}.new`, file);
}

/** Reads one that `saveTally` has written. Throws the system's error when there is none. */
export async function loadTally(file: string): Promise<Tally> {
  return JSON.parse(await readFile(file, "utf8")) as Tally; // our own file
}

/** A few lines for people. */
export function summaryOf(tally: Tally): string {
  const { post, delete: removal, restore } = tally.inFlight;
  const fates = ({ whole, absent }: InFlightTally) => `${whole} there, ${absent} not`;
  const ends = Object.entries(tally.ends).map(([end, times]) => `${end} ${times}`);
  return [
    `${tally.roundsDone} rounds in ${Math.round(tally.seconds)} s, seed ${tally.seed}, ${tally.workers ?? 1} processes: ${ends.join(", ")}`,
    `acknowledged and found so: ${tally.acknowledged.post} uploads, ${tally.acknowledged.delete} removals, ${tally.acknowledged.restore} restores`,
    `in flight and found whole or absent: uploads ${fates(post)}; removals ${fates(removal)}; restores ${fates(restore)}`,
    tally.restic === null
      ? "restic: not on this machine, so none of it was run"
      : `restic ${tally.restic}: ${tally.resticCommands} commands, ${tally.resticCommandsEndedWell} ended well; ${tally.resticChecks} checks, ${tally.resticChecksReadingData} of them read all data`,
    `slowest start: ${Math.round(tally.slowestStartMs)} ms; workers killed alone: ${tally.workersKilled}`,
    `rounds that failed: ${tally.failures.length}`,
    ...tally.failures.map(failureText),
  ].join("\n");
}

function failureText({ round, folderSince, end, problems, folder }: RoundFailure): string {
  const shown = problems.slice(0, 10).map((problem) => `    ${problem}`);
  const more = problems.length > shown.length ? [`    and ${problems.length - shown.length} more`] : [];
  return [`  round ${round} (${end}), in a folder since round ${folderSince}, kept in ${folder}`, ...shown, ...more].join("\n");
}
