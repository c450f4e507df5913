import { globSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const DEADLINE_MS = 30_000;

/** The processes that a process has started and that still run. Linux only. */
export function workersOf(pid: number): number[] {
  return globSync(`/proc/${pid}/task/*/children`)
    .flatMap((file) => read(file).trim().split(" "))
    .filter((text) => text !== "")
    .map(Number);
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // its thread has ended
  }
}

/** Resolves when the claim holds; throws when it does not in time. */
export async function until(claim: () => boolean | Promise<boolean>): Promise<void> {
  const startedAtMs = performance.now();
  while (!(await claim())) {
    if (performance.now() - startedAtMs > DEADLINE_MS) throw new Error(`still not so after ${DEADLINE_MS} ms: ${claim}`);
    await sleep(20);
  }
}
