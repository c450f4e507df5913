import { randomUUID } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { cacheFolder } from "../test/clients/program-cache.ts";
import { NEEDED_PROGRAMS, preparePrograms } from "../test/clients/programs.ts";
import { type FileResult, runTestFile } from "./run-test-file.ts";
import { absolute, findTestFiles, isSlow } from "./test-files.ts";
import { countTests, formatFile, formatOutcome } from "./test-report.ts";

const FILES_AT_ONCE = 2;
const FILE_MS = 120_000;
const SLOW_FILE_MS = 600_000;
// Together they stay below the half hour in which a machine that has nothing yet must be done.
const PREPARE_MS = 14 * 60_000;
const RUN_MS = 27 * 60_000;

const USAGE = `Usage: npm test -- [--quick] [--no-install] [--file-seconds N] [FILTER ...]

Gets the programs that the tests need (once; they are kept in ${cacheFolder()})
and runs the test files whose path contains one of the filters, or all of them.
  --quick       leaves out *.slow.test.ts, and the programs only they need
  --no-install  runs with the programs that are there
  --file-seconds N  ends a file that takes longer (${FILE_MS / 1000}, slow ones ${SLOW_FILE_MS / 1000}, unless said)
`;

interface Options {
  readonly root: string;
  readonly quick: boolean;
  readonly install: boolean;
  /** For every file; undefined leaves the two defaults. */
  readonly fileMs: number | undefined;
  readonly filters: readonly string[];
}

function readOptions(): Options {
  const options = {
    quick: { type: "boolean", default: false },
    "no-install": { type: "boolean", default: false },
    "file-seconds": { type: "string" },
    help: { type: "boolean", short: "h", default: false },
    // Tests of another folder: that is how this program is tested itself.
    root: { type: "string", default: fileURLToPath(new URL("../", import.meta.url)) },
  } as const;
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (values.help) {
      process.stdout.write(USAGE);
      process.exit(0);
    }
    const fileMs = readSeconds(values["file-seconds"]);
    return { root: resolve(values.root), quick: values.quick, install: !values["no-install"], fileMs, filters: positionals };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exit(2);
  }
}

function readSeconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new Error("--file-seconds takes a whole number of seconds");
  return Number(text) * 1000;
}

/** Runs everything the options ask for, prints the report and resolves to the exit code. */
async function main({ root, quick, install, fileMs, filters }: Options): Promise<number> {
  const startedAtMs = performance.now();
  const interrupted = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => interrupted.abort());
  const signal = AbortSignal.any([interrupted.signal, AbortSignal.timeout(RUN_MS)]);

  const files = findTestFiles(root, { filters, quick });
  const anySlow = files.chosen.some(isSlow);
  const needed = NEEDED_PROGRAMS.filter((program) => program.quick || anySlow);
  const prepareSignal = AbortSignal.any([signal, AbortSignal.timeout(PREPARE_MS)]);
  const missing = install ? await preparePrograms(needed, { say, signal: prepareSignal }) : [];

  const { results, notStarted } = await runFiles(files.chosen, { root, fileMs, signal });
  const seconds = (performance.now() - startedAtMs) / 1000;
  const outcome = { results, notStarted, leftOut: files.leftOut, missing, seconds };
  say(formatOutcome(outcome));
  const { passed, failed } = countTests(outcome);
  return failed === 0 && passed > 0 ? 0 : 1;
}

interface RunSettings {
  readonly root: string;
  readonly fileMs: number | undefined;
  readonly signal: AbortSignal;
}

async function runFiles(
  paths: readonly string[],
  { root, fileMs, signal }: RunSettings,
): Promise<{ results: FileResult[]; notStarted: string[] }> {
  const runId = randomUUID();
  const folder = await mkdtemp(join(tmpdir(), "hft-")); // short: unix sockets lie below it
  await chmod(folder, 0o711);
  // Node's own cache would lie in the TMPDIR of each file and look like something left behind.
  process.env["NODE_COMPILE_CACHE"] = join(cacheFolder(), "compile-cache");

  const results: FileResult[] = [];
  const waiting = paths.map((path, index) => ({ path, index }));
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined && !signal.aborted; next = waiting.shift()) {
      const { path, index } = next;
      const result = await runTestFile({
        path,
        absolutePath: absolute(root, path),
        mark: `${runId}/${index}`,
        tempFolder: join(folder, String(index)),
        timeoutMs: fileMs ?? (isSlow(path) ? SLOW_FILE_MS : FILE_MS),
        signal,
      });
      results.push(result);
      say(formatFile(result));
    }
  };
  try {
    await Promise.all(Array.from({ length: FILES_AT_ONCE }, work));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const done = new Set(results.map(({ path }) => path));
  return { results, notStarted: paths.filter((path) => !done.has(path)) };
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

process.exitCode = await main(readOptions());
