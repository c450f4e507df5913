import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { cacheFolder } from "../clients/program-cache.ts";
import { runCrashRounds, TREE, warmUp } from "./crash-run.ts";
import { loadTally, newTally, saveTally, summaryOf } from "./tally.ts";

const USAGE = `Usage: npm run crash -- [options]

Kills the hub at random moments under load, starts it again and checks what clients were told; see docs/crash-safety.md.

  --rounds N       how many, together with those of a resumed tally (100)
  --seed S         chooses sizes, kinds and moments (a new one each time)
  --first R        number of the first round, to repeat some of a longer run (0)
  --workers N      processes that serve (1; what serve takes by itself depends on the machine)
  --tally FILE     where the tally is written after each round (crash-tally.json in the folder)
  --resume         goes on where the tally's run stopped, with its seed and workers
  --data DIR       where data folders are made (a new one in the system's temporary folder)
  --keep           leaves the data folders of rounds without a failure too
  --renew-every K  rounds over one data folder (25)
  --tree DIR       another checkout whose hub is tested (this one)
`;

/** Its message is all that has to be said. */
class UsageError extends Error {}

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "100" },
    seed: { type: "string" },
    first: { type: "string", default: "0" },
    workers: { type: "string" },
    tally: { type: "string" },
    resume: { type: "boolean", default: false },
    data: { type: "string" },
    keep: { type: "boolean", default: false },
    "renew-every": { type: "string", default: "25" },
    tree: { type: "string", default: TREE },
    help: { type: "boolean", default: false },
  },
});

if (values.help) process.stdout.write(USAGE);
else {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}

/** Resolves to the exit code. */
async function main(): Promise<number> {
  const workers = values.workers === undefined ? undefined : wholeNumber("--workers", values.workers);
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : wholeNumber("--seed", values.seed);
  const rounds = wholeNumber("--rounds", values.rounds);
  const first = wholeNumber("--first", values.first);
  const renewEvery = wholeNumber("--renew-every", values["renew-every"]);
  const folder = values.data === undefined ? await mkdtemp(join(tmpdir(), "holdfast-crash-")) : resolve(values.data);
  await mkdir(folder, { recursive: true });
  const file = resolve(values.tally ?? join(folder, "crash-tally.json"));
  const tally = values.resume ? await loadTally(file) : newTally({ seed, workers, first });
  process.stdout.write(`seed ${tally.seed}; tally in ${file}\n`);
  process.env["NODE_COMPILE_CACHE"] ??= join(cacheFolder(), "compile-cache"); // a hub is started in every round
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort()); // the round ends first; a second one ends it at once
  const hub = { folder, tree: resolve(values.tree), workers: tally.workers ?? undefined };
  await warmUp(hub);
  await runCrashRounds(tally, {
    ...hub,
    rounds,
    renewEvery,
    readDataEvery: 10,
    keep: values.keep,
    signal: stop.signal,
    async afterRound(now, plan, ms) {
      await saveTally(file, now);
      const failed = now.failures.at(-1)?.round === plan.number ? " FAILED" : "";
      process.stdout.write(
        `${now.roundsDone}/${rounds} round ${plan.number}: ${plan.end} after ${Math.round(plan.loadMs)} ms, ${Math.round(ms)} ms${failed}\n`,
      );
    },
  });
  await saveTally(file, tally);
  process.stdout.write(`${summaryOf(tally)}\n`);
  for (const { round, folderSince } of tally.failures) {
    const given = tally.workers === null ? "" : ` --workers ${tally.workers}`;
    process.stdout.write(
      `again: npm run crash -- --seed ${tally.seed} --first ${folderSince} --rounds ${round - folderSince + 1}${given}\n`,
    );
  }
  return tally.failures.length > 0 ? 1 : 0;
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new UsageError(`${name} takes a whole number, not ${text}`);
  return number;
}
