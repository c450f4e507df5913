import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { testEnvironment } from "../clients/run-program.ts";

/** A start that takes longer has failed. The machine may be busy; nothing in it takes a second when it is not. */
const START_MS = 60_000;
const STOP_MS = 75_000; // uploads may take 60 s to end
const GONE_MS = 10_000;
const LINES_KEPT = 2000;

export interface CrashHubOptions {
  /** The checkout whose hub it is. */
  readonly tree: string;
  readonly data: string;
  /** As `--workers` takes it; one process that does all when undefined. */
  readonly workers: number | undefined;
}

/** A hub in a process group of its own, made to be killed. */
export interface CrashHub {
  readonly pid: number;
  /** By the clock, right before it was started. */
  readonly startedAtMs: number;
  readonly url: { readonly main: string; readonly restic: string };
  /** Kills every process of it at once. */
  kill(): Promise<void>;
  /** Asks it to end. Resolves to its exit code, null when a signal ended it. */
  stop(): Promise<number | null>;
  /** The last lines it has said. */
  lines(): readonly string[];
  readonly ended: Promise<void>;
}

/** A start under way: it can be killed before it is ready. */
export interface StartingHub extends Pick<CrashHub, "pid" | "kill" | "lines"> {
  /** Rejects with what it said when it ends before, or takes too long. */
  readonly ready: Promise<CrashHub>;
}

/** Starts `serve` over `data` on free loopback ports. */
export function startCrashHub({ tree, data, workers }: CrashHubOptions): StartingHub {
  const listen = ["main", "restic", "restbackup"].flatMap((name) => [`--listen-${name}`, "127.0.0.1:0"]).concat("--log-format", "json");
  const args = ["serve", "--data", data, ...listen, "--workers", `${workers ?? 1}`];
  const startedAtMs = Date.now();
  const env = testEnvironment({ HOLDFAST_CONFIG: join(data, "..", "config.yaml") });
  const child = spawn(process.execPath, [join(tree, "cli/main.ts"), ...args], {
    cwd: join(data, ".."),
    env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const pid = child.pid ?? 0;
  const onExit = () => signalGroup(pid, "SIGKILL");
  process.once("exit", onExit);
  const ended = new Promise<void>((resolve) => {
    child.once("error", () => resolve());
    child.once("exit", () => resolve());
  }).finally(() => process.removeListener("exit", onExit));

  const lines: string[] = [];
  const listeners = Promise.withResolvers<CrashHub["url"]>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      if (lines.push(line) > LINES_KEPT) lines.shift();
      const found = readListeners(line);
      if (found !== undefined) listeners.resolve(found);
    });
  }
  const fail = (what: string) => listeners.reject(new Error(`the hub ${what}; it said: ${lines.slice(-20).join("\n")}`));
  const deadline = setTimeout(() => fail("was not ready in time"), START_MS);
  void ended.then(() => fail("ended before it was ready"));

  const kill = async () => {
    signalGroup(pid, "SIGKILL");
    await ended;
    await requireGroupGone(pid);
  };
  const ready = listeners.promise
    .then((url) => ({ pid, startedAtMs, url, kill, stop: () => stopHub(child, ended), lines: () => lines, ended }))
    .finally(() => clearTimeout(deadline));
  ready.catch(() => signalGroup(pid, "SIGKILL")); // one that is not ready in time must not go on
  return { pid, kill, lines: () => lines, ready };
}

/** The processes that the primary has started and that live, the oldest first. */
export function workersOf(primary: number): readonly number[] {
  return listProcesses()
    .filter(({ parent }) => parent === primary)
    .map(({ pid }) => pid)
    .sort((one, other) => one - other);
}

/** Which files below `folder` the processes of a group have open. */
export function openFilesOf(group: number, folder: string): readonly string[] {
  const members = listProcesses().filter((process) => process.group === group);
  return members.flatMap(({ pid }) => openPaths(pid)).filter((path) => path.startsWith(`${folder}/`));
}

function openPaths(pid: number): readonly string[] {
  const paths: string[] = [];
  try {
    for (const number of readdirSync(`/proc/${pid}/fd`)) {
      try {
        paths.push(readlinkSync(`/proc/${pid}/fd/${number}`));
      } catch {
        // closed meanwhile
      }
    }
  } catch {
    // it has ended
  }
  return paths;
}

interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
}

/** Those that live: a process that has ended and waits for its parent does not count. */
function listProcesses(): readonly ProcessFacts[] {
  const found: ProcessFacts[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      // The name in parentheses may hold anything; what follows it is state, parent, group.
      const [state, parent, group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (state !== "Z" && state !== "X") found.push({ pid: Number(name), parent: Number(parent), group: Number(group) });
    } catch {
      // it has ended
    }
  }
  return found;
}

async function stopHub(child: ChildProcess, ended: Promise<void>): Promise<number | null> {
  child.kill("SIGTERM");
  const patience = setTimeout(() => signalGroup(child.pid ?? 0, "SIGKILL"), STOP_MS);
  await ended;
  clearTimeout(patience);
  await requireGroupGone(child.pid ?? 0);
  return child.exitCode;
}

/** Whoever ends leaves no process behind. */
async function requireGroupGone(group: number): Promise<void> {
  for (const deadlineMs = performance.now() + GONE_MS; ; await sleep(5)) {
    const left = listProcesses().filter((process) => process.group === group);
    if (left.length === 0) return;
    if (performance.now() > deadlineMs) {
      signalGroup(group, "SIGKILL");
      throw new Error(`processes of an ended hub still live: ${left.map(({ pid }) => pid).join(", ")}`);
    }
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    if (pid > 0) process.kill(-pid, signal);
  } catch {
    // every process of the group has ended already
  }
}

/** The ready line: `{"event":"ready","listeners":{"main":"http://...","restic":"http://..."}}`. */
function readListeners(line: string): CrashHub["url"] | undefined {
  if (!line.startsWith("{") || !line.includes('"ready"')) return undefined;
  const said = JSON.parse(line) as { event?: string; listeners?: Partial<CrashHub["url"]> }; // our own log line
  if (said.event !== "ready") return undefined;
  return { main: said.listeners?.main ?? "", restic: said.listeners?.restic ?? "" };
}
