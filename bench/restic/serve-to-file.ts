import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { tail } from "../../test/clients/run-program.ts";

export interface ServeToFileOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Takes what the program writes, as a service's log does: nobody has to read along, which would cost the processors. */
  readonly logFile: string;
  /** Finds in what it has written so far where it listens; undefined until it does. */
  readonly ready: (written: string) => string | undefined;
}

/** A server that runs until it is stopped. */
export interface ServingToFile {
  readonly pid: number;
  readonly ready: string;
  stop(): Promise<void>;
}

const READY_MS = 30_000;
const STOP_MS = 20_000;
const LOOK_MS = 20;

/** Starts a server and waits until it is ready. Throws what it said when it ends before, or is not ready in time. */
export async function serveToFile(options: ServeToFileOptions): Promise<ServingToFile> {
  rmSync(options.logFile, { force: true });
  const log = openSync(options.logFile, "ax", 0o600);
  const child = spawn(options.program, options.args, { cwd: options.cwd, env: options.env, stdio: ["ignore", log, log] });
  closeSync(log);
  const onExit = () => child.kill("SIGKILL");
  process.once("exit", onExit);
  let over = false;
  const ended = new Promise<void>((resolve) => child.once("error", () => resolve()).once("close", () => resolve()));
  void ended.then(() => {
    over = true;
    process.removeListener("exit", onExit);
  });
  const stop = async () => {
    const patience = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    child.kill("SIGTERM");
    await ended;
    clearTimeout(patience);
  };

  const untilMs = performance.now() + READY_MS;
  while (!over && performance.now() < untilMs) {
    const ready = options.ready(readFileSync(options.logFile, "utf8"));
    if (ready !== undefined) return { pid: child.pid ?? 0, ready, stop };
    await sleep(LOOK_MS);
  }
  const what = over ? "ended before it was ready" : "was not ready in time";
  await stop();
  throw new Error(`${options.program} ${what}; it said: ${tail(readFileSync(options.logFile, "utf8"))}`);
}
