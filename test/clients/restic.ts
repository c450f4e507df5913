import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { findCached } from "./program-cache.ts";
import { type ProgramResult, runProgram, tail, testEnvironment } from "./run-program.ts";

const COMMAND_MS = 120_000;

/** The versions that the tests know; which of them are there depends on the machine. */
export type ResticVersion = "0.14.0" | "0.18.1" | "0.19.1";

export interface ResticOptions {
  readonly version: ResticVersion;
  /** As restic takes it: `rest:http://name:password@127.0.0.1:8000/name/`, or a folder. */
  readonly repository: string;
  /** The repository's, not the server's. */
  readonly password?: string;
  /** The test's folder: commands run in it, and the cache and temps of restic lie in `.restic` below it. */
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Goes before the arguments of each command, such as `--cacert`. */
  readonly globalArgs?: readonly string[];
}

/**
 * Runs one restic command. Rejects with what restic wrote to stderr when it fails; with `expectFailure`, when it does not.
 * A command is killed after 120 s unless `timeoutMs` says otherwise.
 */
export type ResticClient = (args: readonly string[], options?: ResticCommandOptions) => Promise<ProgramResult>;

export interface ResticCommandOptions {
  readonly expectFailure?: boolean;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly stdin?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** The path of that restic, undefined when this machine has not got it: `npm test` gets it. */
export function findRestic(version: ResticVersion): string | undefined {
  return findCached({ name: "restic", version });
}

/** The reason for which a test with that restic is skipped; false when it can run. Made for the `skip` option of a test. */
export function withoutRestic(version: ResticVersion): string | false {
  return findRestic(version) === undefined && `restic ${version} is not there (npm test gets it where the machine allows)`;
}

/** A restic of one version at one repository. Throws when that version is not there. */
export function resticClient(options: ResticOptions): ResticClient {
  const program = findRestic(options.version);
  if (program === undefined) throw new Error(`restic ${options.version} is not there`);
  const home = join(options.cwd, ".restic");
  const env = testEnvironment({
    HOME: home,
    TMPDIR: join(home, "tmp"),
    RESTIC_PASSWORD: options.password ?? "correct horse battery staple",
    ...options.env,
  });
  const globalArgs = ["--repo", options.repository, "--cache-dir", join(home, "cache"), ...(options.globalArgs ?? [])];

  return async (args, { expectFailure = false, timeoutMs = COMMAND_MS, signal, stdin, env: commandEnv } = {}) => {
    await mkdir(join(home, "tmp"), { recursive: true });
    const run = { program, args: [...globalArgs, ...args], cwd: options.cwd, env: { ...env, ...commandEnv }, timeoutMs, signal, stdin };
    const result = await runProgram(run);
    if ((result.code !== 0) === expectFailure) return result;
    const said = `${tail(result.stderr)}\n${tail(result.stdout)}`;
    throw new Error(`restic ${options.version} ${args.join(" ")} ended with ${result.code}: ${said}`);
  };
}
