import { closeSync, fsyncSync, mkdtempSync, openSync, renameSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { reserveOf } from "#domain/quotas/take-disk-room.ts";
import { formatBytes } from "#lib/format-bytes.ts";
import type { Limits } from "#limits.ts";
import { type Check, failedCheck } from "./check.ts";

const ROUNDS = 5;
const TOO_FAST_MS = 0.005; // no medium that survives a power cut answers within 5 microseconds
const SLOW_MS = 100;

/** Whether bytes can be made durable in the folder as an upload makes them: write, sync, rename, sync the folder. Leaves nothing. */
export function checkSync(data: string): Check {
  const name = "sync";
  try {
    const times = Array.from({ length: ROUNDS }, () => timeOneSync(data)).sort((a, b) => a - b);
    const middle = times[Math.floor(ROUNDS / 2)] ?? 0;
    const what = `one fsync takes ${middle < 1 ? `${Math.round(middle * 1000)} microseconds` : `${middle.toFixed(1)} ms`}`;
    if (middle < TOO_FAST_MS) {
      return {
        name,
        status: "warning",
        what,
        advice: "too fast to be true: a RAM disk, or a file system that ignores fsync, loses backups with the power",
      };
    }
    if (middle > SLOW_MS)
      return { name, status: "warning", what, advice: "every upload waits for at least two of these; look for a faster disk" };
    return { name, status: "ok", what };
  } catch (error) {
    return failedCheck(
      name,
      error,
      "the hub answers an upload only once it is durable; put the data folder on a file system that can do that",
    );
  }
}

/** Milliseconds that the sync of a written file took. */
function timeOneSync(data: string): number {
  const folder = mkdtempSync(join(data, ".hub-doctor-"));
  try {
    const file = openSync(join(folder, "temp"), "wx", 0o600);
    let ms: number;
    try {
      writeSync(file, Buffer.alloc(4096, 1));
      const startMs = performance.now();
      fsyncSync(file);
      ms = performance.now() - startMs;
    } finally {
      closeSync(file);
    }
    renameSync(join(folder, "temp"), join(folder, "final"));
    const handle = openSync(folder, "r");
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    return ms;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether there is room above the reserve. */
export function checkSpace(folder: string, limits: Limits): Check {
  const name = "free space";
  try {
    const { bavail, blocks, bsize } = statfsSync(folder);
    const freeBytes = bavail * bsize;
    const reserveBytes = reserveOf(limits, blocks * bsize);
    const what = `${formatBytes(freeBytes)} free of ${formatBytes(blocks * bsize)}; the reserve is ${formatBytes(reserveBytes)}`;
    if (freeBytes <= reserveBytes)
      return { name, status: "wrong", what, advice: "uploads are refused: make room, or move the data folder" };
    if (freeBytes <= 2 * reserveBytes) return { name, status: "warning", what, advice: "uploads are refused soon: make room" };
    return { name, status: "ok", what };
  } catch (error) {
    return failedCheck(name, error, "see to it that the folder can be read");
  }
}
