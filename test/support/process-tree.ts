import { readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";

const KIB = 1024;

/** The reason for which a test that looks into processes is skipped; false when it can run. */
export function withoutProc(): string | false {
  return process.platform !== "linux" && "what a process holds is read from Linux's /proc";
}

/** A process and all that it has started and they have, as long as they run. */
export function processTree(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(processTree)];
}

/** Resident memory of the whole tree, in bytes. */
export function residentBytes(pid: number): number {
  return sumOfStatus(pid, "VmRSS");
}

/** Forgets the peaks of the tree so far: `peakBytes` tells of what comes from now on. Takes the user who owns the processes. */
export function resetPeak(pid: number): void {
  for (const one of processTree(pid)) writeFileSync(`/proc/${one}/clear_refs`, "5"); // 5 resets VmHWM alone (proc(5))
}

/** The most that the tree had resident since `resetPeak`, in bytes: what the kernel counted, not samples. Processes' peaks are added up. */
export function peakBytes(pid: number): number {
  return sumOfStatus(pid, "VmHWM");
}

/** What the descriptors of these processes stand for, sorted: paths, and `socket`, `pipe`, `anon_inode` without their numbers. */
export function openDescriptors(pids: readonly number[]): string[] {
  return pids
    .flatMap((one) => attempt(() => readdirSync(`/proc/${one}/fd`).map((fd) => `/proc/${one}/fd/${fd}`), []))
    .flatMap((path) => attempt(() => [readlinkSync(path).replace(/:\[?.*$/, "")], []))
    .sort();
}

/** Processor time of the tree so far, in seconds. */
export function processorSeconds(pid: number): number {
  const ticks = processTree(pid).map((one) => {
    const fields =
      attempt(() => readFileSync(`/proc/${one}/stat`, "utf8"), "")
        .split(") ")[1]
        ?.split(" ") ?? [];
    return Number(fields[11] ?? 0) + Number(fields[12] ?? 0); // user and system time in hundredths of a second (proc(5))
  });
  return ticks.reduce((sum, one) => sum + one, 0) / 100;
}

function childrenOf(pid: number): number[] {
  const tasks = attempt(() => readdirSync(`/proc/${pid}/task`), []);
  return tasks.flatMap((task) =>
    attempt(() => readFileSync(`/proc/${pid}/task/${task}/children`, "utf8"), "")
      .split(" ")
      .filter((text) => text !== "")
      .map(Number),
  );
}

function sumOfStatus(pid: number, field: "VmRSS" | "VmHWM"): number {
  return processTree(pid)
    .map((one) => attempt(() => readFileSync(`/proc/${one}/status`, "utf8"), ""))
    .map((text) => Number(new RegExp(`^${field}:\\s*(\\d+) kB`, "m").exec(text)?.[1] ?? 0) * KIB)
    .reduce((sum, one) => sum + one, 0);
}

/** A process may end, and a descriptor close, between two looks. */
function attempt<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}
