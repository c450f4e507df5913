import { existsSync } from "node:fs";
import { readFile, statfs, writeFile } from "node:fs/promises";
import { cpus, loadavg, release, totalmem } from "node:os";
import { resolve } from "node:path";
import { runProgram, testEnvironment } from "../../test/clients/run-program.ts";

/** What the figures were taken on: nothing that names the machine. */
export async function describeMachine(folder: string): Promise<string[]> {
  const processors = cpus();
  const mounts = existsSync("/proc/self/mounts") ? await readFile("/proc/self/mounts", "utf8") : "";
  const { bavail, bsize } = await statfs(folder);
  return [
    `Processors: ${processors.length} (${processors[0]?.model.trim() ?? "unknown"})`,
    `Memory: ${gib(totalmem())} GiB`,
    `Kernel: ${process.platform} ${release()}`,
    `File system: ${fileSystemOf(resolve(folder), mounts)}, ${gib(bavail * bsize)} GiB free`,
  ];
}

/** The load averages of 1, 5 and 15 minutes. */
export function describeLoad(): string {
  return loadavg()
    .map((load) => load.toFixed(2))
    .join(" ");
}

/** Kind and options of the mount that a path lies on, from the text of `/proc/self/mounts`. */
export function fileSystemOf(path: string, mounts: string): string {
  let found: { readonly point: string; readonly text: string } | undefined;
  for (const line of mounts.split("\n")) {
    const [, point = "", kind = "", options = ""] = line.split(" ");
    const inside = path === point || path.startsWith(point.endsWith("/") ? point : `${point}/`);
    if (point !== "" && inside && point.length >= (found?.point.length ?? 0)) found = { point, text: `${kind} (${options})` };
  }
  return found?.text ?? "unknown";
}

/** Writes everything of a file system to its disk, so that one server's unwritten bytes do not slow the next. */
export async function syncDisk(folder: string): Promise<void> {
  await runProgram({ program: "sync", args: ["-f", folder], cwd: "/", env: testEnvironment(), timeoutMs: 120_000 });
}

/** Whether the kernel can be told to forget what it has read: only root may. */
export function canDropCaches(): boolean {
  return process.platform === "linux" && process.getuid?.() === 0;
}

/** Makes the kernel forget what it has read from disks. */
export async function dropCaches(folder: string): Promise<void> {
  await syncDisk(folder);
  await writeFile("/proc/sys/vm/drop_caches", "3\n");
}

function gib(bytes: number): string {
  return (bytes / 1024 ** 3).toFixed(0);
}
