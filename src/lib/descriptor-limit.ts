import { readFileSync } from "node:fs";

/** How many files and sockets this process may have open at once, and those it starts; Infinity where nobody says. Linux tells. */
export function descriptorLimit(): number {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    return Number.POSITIVE_INFINITY; // another system
  }
}
