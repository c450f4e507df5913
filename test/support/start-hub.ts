import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ProgramResult, runProgram, tail, testEnvironment } from "../clients/run-program.ts";
import { type ServingProgram, serveProgram } from "../clients/serve-program.ts";
import { launcher } from "./launcher.ts";
import { tempFolder } from "./temp-folder.ts";

const TREE = fileURLToPath(new URL("../..", import.meta.url));
const COMMAND_MS = 30_000;
const READY_MS = 60_000; // a hub with workers is several processes to start, and the machine may be busy

export interface HubOptions {
  /** More arguments for the hub, after the ones that give it a data folder and free ports. */
  readonly args?: readonly string[];
  /** For the hub and the command line beside it. */
  readonly env?: NodeJS.ProcessEnv;
  /** The config file of both. */
  readonly config?: object;
  /** The checkout whose hub it is; this one unless said. */
  readonly tree?: string;
  /** Processes that serve; one that does all unless said. */
  readonly workers?: number;
  /** How many file descriptors each of its processes may have; as many as this one unless said. Linux only. */
  readonly descriptors?: number;
  /** An existing data folder, which is left where it is; a new one that goes with the hub unless said. */
  readonly data?: string;
  /** Runs its command line in another way than one process for each command. */
  readonly runCommand?: (run: {
    readonly args: readonly string[];
    readonly cwd: string;
    readonly env: NodeJS.ProcessEnv;
  }) => Promise<ProgramResult>;
}

/** The real program in a process of its own. Leaving its scope stops it and removes its folder. */
export interface RunningHub extends AsyncDisposable {
  /** Where its listeners are, `http://127.0.0.1:PORT` or `unix:/path`; of the present process, after a restart too. */
  readonly url: { readonly main: string; readonly restic: string };
  /** The test's own folder; the data folder lies in it. */
  readonly folder: string;
  readonly data: string;
  readonly pid: number;
  /** Asks it to end (SIGTERM), waits and resolves to the exit code. */
  stop(): Promise<number | null>;
  /** Ends it as a power cut would, SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again over the same data, after stopping it if it still runs. Its ports are others. */
  restart(): Promise<void>;
  /** What it has logged since its last start, one line of JSON each. */
  logLines(): readonly string[];
  /** Runs `holdfast <args>` over the same data and config. Rejects with what it said when it fails, unless `expectFailure`. */
  cli(args: readonly string[], options?: { readonly expectFailure?: boolean }): Promise<ProgramResult>;
  /** Makes an account with the command line. `url` is the repository's, with the credentials in it, without `rest:`. */
  addAccount(name: string, ...args: string[]): Promise<Account>;
}

export interface Account {
  readonly name: string;
  readonly password: string;
  readonly url: string;
}

/** Starts a hub on free loopback ports and waits until it is ready. Throws what it said when it does not start. */
export async function startHub(options: HubOptions = {}): Promise<RunningHub> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await tempFolder()).path;
  const data = options.data ?? join(folder, "data");
  const configFile = join(folder, "config.yaml");
  await mkdir(data, { recursive: true, mode: 0o700 });
  await writeFile(configFile, JSON.stringify(options.config ?? {}));

  const tree = options.tree ?? TREE;
  const commandLine = join(tree, "cli/main.ts");
  const env = testEnvironment({
    HOLDFAST_CONFIG: configFile,
    HOLDFAST_DATA: data,
    HOLDFAST_WORKERS: String(options.workers ?? 1),
    ...options.env,
  });
  const start = () => startProcess({ tree, cwd: folder, env, args: options.args ?? [], descriptors: options.descriptors });
  let running = await start();
  stack.defer(async () => void (await running.stop()));
  const owned = stack.move();

  const cli: RunningHub["cli"] = async (args, { expectFailure = false } = {}) => {
    const run = { program: process.execPath, args: [commandLine, ...args], cwd: folder, env, timeoutMs: COMMAND_MS };
    const result = await (options.runCommand?.({ args, cwd: folder, env }) ?? runProgram(run));
    if ((result.code !== 0) === expectFailure) return result;
    throw new Error(`holdfast ${args.join(" ")} ended with ${result.code}: ${tail(result.stderr)}`);
  };
  return {
    get url() {
      return running.ready;
    },
    get pid() {
      return running.pid;
    },
    folder,
    data,
    cli,
    stop: () => running.stop({ timeoutMs: 70_000 }), // uploads under way may take 60 s to end
    kill: async () => void (await running.stop({ signal: "SIGKILL" })),
    restart: async () => {
      await running.stop();
      running = await start();
    },
    logLines: () => running.lines(),
    addAccount: async (name, ...args) => JSON.parse((await cli(["account", "add", name, "--json", ...args])).stdout) as Account,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

type Listeners = RunningHub["url"];

function startProcess({
  tree,
  cwd,
  env,
  args,
  descriptors,
}: {
  tree: string;
  cwd: string;
  env: NodeJS.ProcessEnv;
  args: readonly string[];
  descriptors: number | undefined;
}): Promise<ServingProgram<Listeners>> {
  const listen = ["main", "restic", "restbackup"].flatMap((name) => [`--listen-${name}`, "127.0.0.1:0"]).concat("--log-format", "json");
  const run = launcher(tree, ["serve", ...listen, ...args]);
  const bounds = descriptors === undefined ? [] : ["prlimit", `--nofile=${descriptors}:${descriptors}`];
  const [program = run.program, ...programArgs] = [...bounds, run.program, ...run.args];
  return serveProgram({
    program,
    args: programArgs,
    cwd,
    env,
    ready: readListeners,
    readyTimeoutMs: READY_MS,
  });
}

/** The hub's ready line: `{"event":"ready","listeners":{"main":"http://...","restic":"http://..."}}`. */
function readListeners(line: string): Listeners | undefined {
  if (!line.startsWith("{") || !line.includes('"ready"')) return undefined;
  const said = JSON.parse(line) as { event?: string; listeners?: Partial<Listeners> }; // our own log line
  if (said.event !== "ready") return undefined;
  return { main: said.listeners?.main ?? "", restic: said.listeners?.restic ?? "" };
}
