import { existsSync, readdirSync, readFileSync, truncateSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runProgram, tail, testEnvironment } from "../../test/clients/run-program.ts";
import { launcher } from "../../test/support/launcher.ts";
import { LOGIN, openServer, type ServerKind, type StartOptions } from "./servers.ts";

const COMMAND_MS = 30_000;

export interface HubKind extends Pick<ServerKind, "id" | "title" | "hub"> {
  /** The checkout that it is taken from. */
  readonly tree: string;
  /** For `serve`, after what every hub here is given. */
  readonly args: readonly string[];
}

/** Holdfast, with its defaults but for free ports and a log of JSON lines. */
export function holdfast(kind: HubKind): ServerKind {
  const { tree } = kind;
  return { ...kind, http2: true, version: () => describeCheckout(tree), start: (options) => start(kind, options) };
}

async function start({ tree, args }: HubKind, { folder, tls, watchLoops }: StartOptions) {
  const data = join(folder, "data");
  await mkdir(data, { mode: 0o700 });
  const config = join(folder, "config.yaml");
  await writeFile(config, "{}\n");
  const env = testEnvironment({ HOLDFAST_CONFIG: config, HOLDFAST_DATA: data });
  const delays = watchLoops === true ? await watchedLoops(folder) : undefined;
  const command = { program: process.execPath, cwd: folder, env };
  const commandLine = join(tree, "cli/main.ts");
  // An older checkout, to compare with, may not have that door.
  const others = existsSync(join(tree, "src/doors/restbackup")) ? ["--listen-restbackup", "off"] : [];
  const listen = ["--listen-main", "127.0.0.1:0", "--listen-restic", "127.0.0.1:0", ...others, "--log-format", "json"];
  const secure = tls === undefined ? [] : ["--tls-restic-enabled", "--tls-restic-cert", tls.cert, "--tls-restic-key", tls.key];
  return await openServer({
    serve: {
      ...launcher(tree, ["serve", ...listen, ...secure, ...args]),
      cwd: folder,
      env: { ...env, ...delays?.env },
      logFile: join(folder, "log"),
      ready: readListener,
    },
    repositories: join(data, "files/restic"),
    longestStandstillMs: delays?.longestMs,
    password: async () => {
      const run = { ...command, args: [commandLine, "account", "add", LOGIN, "--json"], timeoutMs: COMMAND_MS };
      const { code, stdout, stderr } = await runProgram(run);
      if (code !== 0) throw new Error(`No account could be added: ${tail(stderr)}`);
      return (JSON.parse(stdout) as { readonly password: string }).password; // our own command's answer
    },
  });
}

/** What makes each process of a hub write down how long its event loop stood still, and how to read it. */
async function watchedLoops(folder: string): Promise<{ readonly env: NodeJS.ProcessEnv; readonly longestMs: () => number }> {
  const delays = join(folder, "loop-delays");
  await mkdir(delays);
  const env = { NODE_OPTIONS: `--import=${join(import.meta.dirname, "loop-delay.mjs")}`, BENCH_LOOP_DELAYS: delays };
  const longestMs = () => {
    const lines = readdirSync(delays).flatMap((name) => {
      const file = join(delays, name);
      const written = readFileSync(file, "utf8").split("\n");
      truncateSync(file); // each line is appended
      return written;
    });
    return Math.max(...lines.map(Number));
  };
  return { env, longestMs };
}

/** Whether a checkout can run the hub in several processes. */
export async function hasWorkers(tree: string): Promise<boolean> {
  const args = [join(tree, "cli/main.ts"), "config"];
  const { stdout } = await runProgram({ program: process.execPath, args, cwd: tree, env: testEnvironment(), timeoutMs: COMMAND_MS });
  return /^workers\b/m.test(stdout);
}

/** The hub's ready line: `{"event":"ready","listeners":{"restic":"http://..."}}`. */
function readListener(written: string): string | undefined {
  const line = written.split("\n").find((line) => line.startsWith("{") && line.includes('"ready"') && line.endsWith("}"));
  if (line === undefined) return undefined;
  const said = JSON.parse(line) as { readonly event?: string; readonly listeners?: { readonly restic?: string } }; // our own log line
  return said.event === "ready" ? said.listeners?.restic : undefined;
}

async function describeCheckout(tree: string): Promise<string> {
  const git = (...args: string[]) => runProgram({ program: "git", args, cwd: tree, env: testEnvironment(), timeoutMs: COMMAND_MS });
  try {
    const commit = (await git("rev-parse", "--short", "HEAD")).stdout.trim();
    const changed = (await git("status", "--porcelain")).stdout.trim();
    return `${commit}${changed === "" ? "" : " with changes"}, Node ${process.versions.node}`;
  } catch {
    return `no checkout, Node ${process.versions.node}`;
  }
}
