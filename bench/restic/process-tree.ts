import { readdirSync, readFileSync } from "node:fs";

/** One process as `/proc/PID/stat` describes it (proc(5)). */
export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  /** Its own processor time and that of the children it has waited for, in hundredths of a second. */
  readonly cpuTicks: number;
  readonly residentPages: number;
}

/** What a process and everything below it have used so far and hold now. */
export interface TreeUse {
  readonly cpuSeconds: number;
  /** Pages that processes share are counted in each of them. */
  readonly residentBytes: number;
}

const TICKS_PER_SECOND = 100; // USER_HZ, on every architecture that Linux has left
const PAGE_BYTES = 4096;

/** Reads the line of a `/proc/PID/stat`; undefined when it is none. The name in it may hold spaces and brackets. */
export function parseStat(text: string): ProcessFacts | undefined {
  const end = text.lastIndexOf(")");
  const pid = Number.parseInt(text, 10);
  if (end < 0 || Number.isNaN(pid)) return undefined;
  const fields = text.slice(end + 2).split(" ");
  const at = (number: number) => Number(fields[number - 3]); // proc(5) counts from 1, and the state is the third
  return { pid, parent: at(4), cpuTicks: at(14) + at(15) + at(16) + at(17), residentPages: at(24) };
}

/**
 * The sum over `root` and everything below it. A child that ends hands its time to the parent that waits for it, so the sum never falls
 * as long as `root` lives.
 */
export function sumTree(processes: readonly ProcessFacts[], root: number): TreeUse {
  const inside = new Set([root]);
  for (let grew = true; grew; ) {
    const before = inside.size;
    for (const { pid, parent } of processes) if (inside.has(parent)) inside.add(pid);
    grew = inside.size > before;
  }
  const own = processes.filter(({ pid }) => inside.has(pid));
  const cpuTicks = own.reduce((sum, process) => sum + process.cpuTicks, 0);
  const pages = own.reduce((sum, process) => sum + process.residentPages, 0);
  return { cpuSeconds: cpuTicks / TICKS_PER_SECOND, residentBytes: pages * PAGE_BYTES };
}

/** The use of a process tree now. */
export function readTree(root: number): TreeUse {
  return sumTree(readProcesses(), root);
}

/** Watches how much memory a process tree holds, until its scope is left. Its root may be another process after a restart. */
export class MemoryWatch implements Disposable {
  readonly #root: () => number;
  readonly #timer: NodeJS.Timeout;
  #peakBytes = 0;

  constructor(root: () => number, everyMs = 100) {
    this.#root = root;
    this.#timer = setInterval(() => this.#look(), everyMs);
    this.#look();
  }

  /** The most that was seen. */
  get peakBytes(): number {
    this.#look();
    return this.#peakBytes;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    this.#peakBytes = Math.max(this.#peakBytes, readTree(this.#root()).residentBytes);
  }
}

function readProcesses(): ProcessFacts[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    } catch {
      return []; // it has ended since
    }
  });
}
