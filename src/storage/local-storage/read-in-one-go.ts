import * as fs from "node:fs";
import type { RequestedRange } from "#model/byte-range.ts";
import type { ReadFile } from "../driver.ts";
import { resolveRange } from "../range.ts";
import { saysAbsent } from "../system-error.ts";

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = fs.constants;

/** A file, or a part of it, with one read. Undefined for what is no file, has more than `mostBytes`, or does not come at once. Throws the system's error. */
export function readInOneGo(at: string, range: RequestedRange | undefined, mostBytes: number): ReadFile | undefined {
  const file = fs.openSync(at, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stats = fs.fstatSync(file);
    if (!stats.isFile()) return undefined;
    const { start, end } = resolveRange(range, stats.size);
    if (end - start > mostBytes) return undefined;
    const bytes = Buffer.allocUnsafe(end - start);
    return fs.readSync(file, bytes, 0, bytes.length, start) === bytes.length ? { sizeBytes: stats.size, start, end, bytes } : undefined;
  } finally {
    fs.closeSync(file);
  }
}

/** What a look shows, or that there is nothing to be seen. Throws any other error of the system. */
export function orAbsent<Seen>(look: () => Seen): Seen | "absent" {
  try {
    return look();
  } catch (error) {
    if (saysAbsent(error)) return "absent";
    throw error;
  }
}
