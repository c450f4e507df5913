import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { tail } from "./run-program.ts";

const LINES_KEPT = 5000;
const STOP_MS = 10_000;

export interface ServeOptions<Ready> {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Is given each line of stdout and stderr; the first that it makes something of says that the program is ready. */
  readonly ready: (line: string) => Ready | undefined;
  readonly readyTimeoutMs?: number;
}

/** A program that serves until it is stopped. Leaving its scope stops it. */
export interface ServingProgram<Ready> extends AsyncDisposable {
  readonly pid: number;
  /** What `ready` made of the line that said so. */
  readonly ready: Ready;
  /** The last lines it wrote, stdout and stderr in the order of arrival. */
  lines(): readonly string[];
  /** Sends `signal`, waits for the end and resolves to the exit code, or null when a signal ended it. Kills it after `timeoutMs`. */
  stop(options?: { readonly signal?: NodeJS.Signals; readonly timeoutMs?: number }): Promise<number | null>;
  /** Resolves when it has ended, however it did. */
  readonly ended: Promise<void>;
}

/** Starts a program and waits until it is ready. Throws what it said when it ends before, or is not ready in time (30 s). */
export async function serveProgram<Ready>(options: ServeOptions<Ready>): Promise<ServingProgram<Ready>> {
  const child = spawn(options.program, options.args, { cwd: options.cwd, env: options.env, stdio: ["ignore", "pipe", "pipe"] });
  const onExit = () => child.kill("SIGKILL"); // a test process that dies takes its servers with it
  process.once("exit", onExit);
  const ended = new Promise<void>((resolve) => {
    child.once("error", () => resolve());
    child.once("close", () => resolve());
  }).finally(() => process.removeListener("exit", onExit));

  const lines: string[] = [];
  const ready = Promise.withResolvers<Ready>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      if (lines.push(line) > LINES_KEPT) lines.shift();
      const found = options.ready(line);
      if (found !== undefined) ready.resolve(found);
    });
  }
  const fail = (what: string) => ready.reject(new Error(`${options.program} ${what}; it said: ${tail(lines.join("\n"))}`));
  child.once("error", (error) => fail(error.message));
  void ended.then(() => fail("ended before it was ready"));
  const deadline = setTimeout(() => fail("was not ready in time"), options.readyTimeoutMs ?? 30_000);

  const stop = async (how: { readonly signal?: NodeJS.Signals; readonly timeoutMs?: number } = {}) => {
    const patience = setTimeout(() => child.kill("SIGKILL"), how.timeoutMs ?? STOP_MS);
    child.kill(how.signal ?? "SIGTERM");
    await ended;
    clearTimeout(patience);
    return child.exitCode;
  };
  try {
    const said = await ready.promise;
    return { pid: child.pid ?? 0, ready: said, lines: () => lines, stop, ended, [Symbol.asyncDispose]: async () => void (await stop()) };
  } catch (error) {
    await stop({ signal: "SIGKILL" });
    throw error;
  } finally {
    clearTimeout(deadline);
  }
}
