import { seededRandom } from "#storage/memory/seeded-random.ts";
import { between, logUniform } from "./object-bytes.ts";
import { chooseResticWork, type ResticWork } from "./restic-load.ts";

/**
 * How a round ends the hub.
 *
 * - `kill`             every process of it at once, under load
 * - `kill a worker`    one worker under load, and some time later the rest
 * - `kill a start`     as `kill`; then the next start is killed as well, before or after it is ready
 * - `kill a shutdown`  it is asked to end, and killed while it does
 * - `stop`             it is asked to end, and ends
 */
export type RoundEnd = "kill" | "kill a worker" | "kill a start" | "kill a shutdown" | "stop";

/** All that a round does by choice. The same seed and number give the same. */
export interface RoundPlan {
  readonly number: number;
  readonly end: RoundEnd;
  /** From the first sign of load to the end. */
  readonly loadMs: number;
  /** From the first to the second blow, where there are two. */
  readonly laterMs: number;
  readonly clients: number;
  readonly work: ResticWork;
  /** The hub is ended only after restic has begun to send, or has ended. */
  readonly waitsForRestic: boolean;
  /** restic is not killed: it asks again until the next hub answers. */
  readonly resticOutlives: boolean;
  /** The command line restores from the trash at the same time. */
  readonly commandLine: boolean;
  /** restic reads every byte in its check. */
  readonly readData: boolean;
  /** For what the round's clients do. */
  readonly random: () => number;
}

const LEAST_MS = 5;
const MOST_MS = 2000;
const START_MS = 1200;
/** restic is in one round of so many: its key, derived anew by each command, costs more than all else. */
const RESTIC_EVERY = 4;

/** Chooses. `readDataEvery`: in every so manieth round. */
export function planRound(
  seed: number,
  number: number,
  { workers, readDataEvery }: { readonly workers: boolean; readonly readDataEvery: number },
): RoundPlan {
  const random = seededRandom(seed + Math.imul(number, 0x9e3779b1));
  const end = chooseEnd(random(), workers);
  const withRestic = hasRestic(seed, number);
  const outlives = withRestic && random() < 0.2 && end !== "stop";
  const work = withRestic ? chooseResticWork(random) : "nothing";
  return {
    number,
    end,
    loadMs: logUniform(random, LEAST_MS, MOST_MS),
    laterMs: end === "kill a start" ? random() * START_MS : logUniform(random, LEAST_MS, MOST_MS / 4),
    clients: between(random, 3, 10),
    work: outlives ? "backup" : work,
    waitsForRestic: random() < 0.6,
    resticOutlives: outlives,
    commandLine: random() < 0.12,
    readData: number % readDataEvery === readDataEvery - 1,
    random,
  };
}

/** In one round of each four; the seed says in which, for each four anew. */
function hasRestic(seed: number, number: number): boolean {
  const random = seededRandom(seed + Math.imul(Math.floor(number / RESTIC_EVERY) + 1, 0x85ebca6b));
  return number % RESTIC_EVERY === Math.floor(random() * RESTIC_EVERY);
}

function chooseEnd(at: number, workers: boolean): RoundEnd {
  if (at < 0.1) return "kill a start";
  if (at < 0.2) return "kill a shutdown";
  if (at < 0.24) return "stop";
  return workers && at < 0.5 ? "kill a worker" : "kill";
}
