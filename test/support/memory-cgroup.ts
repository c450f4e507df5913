import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const ROOT = "/sys/fs/cgroup";

/** A memory cgroup: what its processes take from now on, page cache and the kernel's buffers for them included, is bounded by the kernel. */
export interface MemoryCgroup extends AsyncDisposable {
  /** Puts running processes into it. What they have already stays counted where it was. */
  add(pids: readonly number[]): void;
  /** The most that was counted in it. */
  peakBytes(): number;
  /** How often the kernel has killed a process because there was no room left. */
  kills(): number;
}

/** Makes one with room for `bytes`. Resolves to the reason, as text, where that cannot be had: it takes root and a kernel that has them. */
export function openMemoryCgroup(name: string, bytes: number): MemoryCgroup | string {
  const version1 = existsSync(join(ROOT, "memory/memory.limit_in_bytes"));
  const files = version1 ? VERSION_1 : VERSION_2;
  const parent = version1 ? join(ROOT, "memory") : ROOT;
  const folder = join(parent, `holdfast-${name}-${process.pid}`);
  try {
    mkdirSync(folder);
    try {
      writeFileSync(join(folder, files.limit), `${bytes}`);
    } catch (error) {
      rmdirSync(folder);
      throw error;
    }
  } catch (error) {
    return `a memory cgroup cannot be made here: ${error instanceof Error ? error.message : String(error)}`;
  }
  const added: number[] = [];
  return {
    add(pids) {
      for (const pid of pids) writeFileSync(join(folder, "cgroup.procs"), `${pid}`);
      added.push(...pids);
    },
    peakBytes: () => Number(readFileSync(join(folder, files.peak), "utf8")),
    kills: () => Number(/^oom_kill (\d+)$/m.exec(readFileSync(join(folder, files.events), "utf8"))?.[1] ?? 0),
    async [Symbol.asyncDispose]() {
      // It can be removed when the last process in it has ended.
      for (let tries = 0; tries < 100; tries += 1) {
        try {
          rmdirSync(folder);
          return;
        } catch {
          for (const pid of added) moveOut(join(parent, "cgroup.procs"), pid);
          await sleep(50);
        }
      }
    },
  };
}

const VERSION_1 = { limit: "memory.limit_in_bytes", peak: "memory.max_usage_in_bytes", events: "memory.oom_control" };
const VERSION_2 = { limit: "memory.max", peak: "memory.peak", events: "memory.events" };

function moveOut(procs: string, pid: number): void {
  try {
    writeFileSync(procs, `${pid}`);
  } catch {
    // it has ended
  }
}
