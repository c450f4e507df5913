import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** The environment variable by which a process tells of which run and file it is; everything a test starts inherits it. */
export const RUN_VARIABLE = "HOLDFAST_TEST_RUN";

const GRACE_MS = 2000;

/**
 * Ends what processes of a test file are still there and resolves to their command lines. A process that is ending by itself has
 * two seconds for it. Empty where there is no /proc.
 */
export async function endLeftProcesses(mark: string): Promise<string[]> {
  const left = await waitForEnd(mark);
  for (const { pid } of left) kill(pid);
  if (left.length > 0) await waitForEnd(mark);
  return left.map(({ pid, command }) => `process ${pid}: ${shorten(command)}`);
}

/**
 * The names of what a test file left in its folder for temporary files. SQLite opens its own and takes their names away at once; a process
 * that is killed between the two, which some tests are about, leaves one that is nobody's fault.
 */
export function listLeftFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith("etilqs_"))
    .map((name) => `temporary file ${name}`);
}

async function waitForEnd(mark: string): Promise<FoundProcess[]> {
  const deadlineMs = performance.now() + GRACE_MS;
  let left = findProcesses(mark);
  while (left.length > 0 && performance.now() < deadlineMs) {
    await sleep(50);
    left = findProcesses(mark);
  }
  return left;
}

/** The program and the last arguments: Node lists two dozen of its options between them. */
function shorten(command: string): string {
  return command.length <= 200 ? command : `${command.slice(0, 80)} ... ${command.slice(-110)}`;
}

interface FoundProcess {
  readonly pid: number;
  readonly command: string;
}

function findProcesses(mark: string): FoundProcess[] {
  const entry = `${RUN_VARIABLE}=${mark}`;
  const found: FoundProcess[] = [];
  for (const pid of listProcesses()) {
    if (!readProcess(pid, "environ").split("\0").includes(entry)) continue;
    found.push({ pid, command: readProcess(pid, "cmdline").replaceAll("\0", " ").trim() });
  }
  return found;
}

function listProcesses(): number[] {
  try {
    return readdirSync("/proc")
      .map(Number)
      .filter((pid) => Number.isInteger(pid) && pid !== process.pid);
  } catch {
    return []; // no Linux
  }
}

/** Empty for a process that has just ended, a zombie, or one of another user. */
function readProcess(pid: number, file: "environ" | "cmdline"): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it ended by itself after all
  }
}
