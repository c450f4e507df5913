import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "./temp-folder.ts";

const PIECE_BYTES = 64 * 1024;

/** A file system of a few MiB in memory, which really is full when it is. */
export interface SmallDisk extends AsyncDisposable {
  readonly path: string;
  /** Leaves so many bytes free, a block more or less. */
  fillBut(freeBytes: number): void;
  /** Takes away what `fillBut` has put there. */
  empty(): void;
  /** Mounts it again as it is, readable alone or writable too. */
  remount(mode: "ro" | "rw"): void;
}

/** Why there can be none here; false when there can. */
export function noSmallDisk(): string | false {
  if (process.getuid?.() !== 0 || process.platform !== "linux") return "only root on Linux can mount a small disk";
  try {
    execFileSync("unshare", ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { stdio: "ignore" });
    return false;
  } catch {
    return "this machine lets nobody mount a disk";
  }
}

/** Mounts one; it is gone when its scope is left. Whatever uses it must have ended by then. */
export async function smallDisk(sizeBytes: number): Promise<SmallDisk> {
  await using stack = new AsyncDisposableStack();
  const path = join(stack.use(await tempFolder()).path, "disk");
  mkdirSync(path);
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${sizeBytes},mode=0700`, "tmpfs", path]);
  stack.defer(() => void execFileSync("umount", ["--lazy", path]));
  const ballast = join(path, "ballast");
  const owned = stack.move();
  return {
    path,
    fillBut(freeBytes) {
      for (;;) {
        const { bavail, bsize } = statfsSync(path);
        const bytes = Math.min(bavail * bsize - freeBytes, PIECE_BYTES);
        if (bytes <= 0) return;
        try {
          writeFileSync(ballast, Buffer.alloc(bytes), { flag: "a" });
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error; // somebody else was quicker, and it is full
        }
      }
    },
    empty: () => rmSync(ballast, { force: true }),
    remount: (mode) => void execFileSync("mount", ["-o", `remount,${mode}`, path]),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
