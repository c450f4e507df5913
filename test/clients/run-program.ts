import { spawn } from "node:child_process";
import { tmpdir } from "node:os";

// What a program may say before it is stopped: the longest honest output, a listing in JSON, stays far below.
const OUTPUT_BYTES = 32 * 1024 * 1024;

export interface ProgramRun {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** After this long the program is killed and the run fails. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** What it reads from stdin; nothing unless given. */
  readonly stdin?: string | undefined;
  /** Gives it a process group of its own, so that what it starts is killed with it. Ctrl-C then reaches it only through `signal`. */
  readonly ownGroup?: boolean;
}

export interface ProgramResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/**
 * Runs a program to its end and resolves to what it said, whatever its exit code. Rejects when it cannot be started, ends by a
 * signal, takes longer than `timeoutMs` or says too much.
 */
export async function runProgram(run: ProgramRun): Promise<ProgramResult> {
  const title = [run.program.split("/").at(-1), ...run.args].join(" ");
  const child = spawn(run.program, run.args, { cwd: run.cwd, env: run.env, detached: run.ownGroup ?? false, stdio: "pipe" });
  let stoppedFor: string | undefined;
  const stop = (reason: string) => {
    stoppedFor ??= reason;
    if (run.ownGroup && child.pid !== undefined) killGroup(child.pid);
    else child.kill("SIGKILL");
  };

  const deadline = setTimeout(() => stop(`took longer than ${run.timeoutMs / 1000} s`), run.timeoutMs);
  const onAbort = () => stop("was given up");
  const onExit = () => child.kill("SIGKILL"); // a test process that dies takes its clients with it
  run.signal?.addEventListener("abort", onAbort);
  process.once("exit", onExit);
  try {
    if (run.signal?.aborted) onAbort();
    child.stdin.on("error", () => {}); // a program that ends before it has read everything is judged by its exit code
    child.stdin.end(run.stdin);
    const stdout = collect(child.stdout, stop);
    const stderr = collect(child.stderr, stop);
    const [code, endedBy] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (...end) => resolve(end));
    });
    if (stoppedFor !== undefined) throw new Error(`${title} ${stoppedFor}; it said: ${tail(stderr())}`);
    if (code === null) throw new Error(`${title} was ended by ${endedBy}; it said: ${tail(stderr())}`);
    return { stdout: stdout(), stderr: stderr(), code };
  } finally {
    clearTimeout(deadline);
    run.signal?.removeEventListener("abort", onAbort);
    process.removeListener("exit", onExit);
  }
}

/**
 * The environment for a program under test: what every program needs, the variables of the test run, and `extra`. Settings of the
 * person who runs the tests (RESTIC_*, RCLONE_*, HOLDFAST_*, proxies) stay out.
 */
export function testEnvironment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => name.startsWith("HOLDFAST_TEST_") || KEPT.has(name));
  return { TMPDIR: tmpdir(), LANG: "C.UTF-8", ...Object.fromEntries(kept), ...extra };
}

const KEPT = new Set(["PATH", "HOME", "TMPDIR", "USER", "NODE_COMPILE_CACHE"]);

/** The end of what a program said, short enough for an error message. */
export function tail(text: string): string {
  return text.trim().slice(-4000);
}

function collect(stream: NodeJS.ReadableStream, stop: (reason: string) => void): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= OUTPUT_BYTES) chunks.push(chunk);
    else stop("said more than 32 MiB");
  });
  return () => Buffer.concat(chunks).toString();
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // every process of the group has ended already
  }
}
