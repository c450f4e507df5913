import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { runProgram, tail } from "./run-program.ts";

// One build on two slow cores, with everything to download: rclone, the largest, takes minutes.
const BUILD_MS = 12 * 60_000;
const STALE_BUILD_MS = 24 * 3600_000;

/** One exact version of a program that is built from a Go module. */
export interface GoProgram {
  readonly name: string;
  readonly version: string;
  readonly module: string;
  /** The import path of its main package. */
  readonly command: string;
}

/** The folder in which built programs are kept between runs: HOLDFAST_TEST_CACHE, else `holdfast-test` in the user's cache folder. */
export function cacheFolder(): string {
  const userCache = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  return process.env["HOLDFAST_TEST_CACHE"] || join(userCache, "holdfast-test");
}

/** Where the cache keeps a program, whether it is there or not. */
export function cachePath({ name, version }: { readonly name: string; readonly version: string }): string {
  return join(cacheFolder(), `${name}-${version}`, name);
}

/** The path of a program in the cache; undefined when it is not there. */
export function findCached(program: { readonly name: string; readonly version: string }): string | undefined {
  const path = cachePath(program);
  return existsSync(path) ? path : undefined;
}

/**
 * Builds a program into the cache. Throws with the compiler's last words when that fails, and when there is no Go.
 *
 * A throw-away module that requires the one version and imports the command is built, because `go install module@version` asks
 * for the list of all versions and refuses modules with `replace`.
 */
export async function buildGoProgram(program: GoProgram, signal: AbortSignal): Promise<void> {
  const target = cachePath(program);
  await mkdir(dirname(target), { recursive: true });
  await sweepStaleBuilds();
  // Built beside the target under a name of its own, then renamed: two runs at once each publish a whole program.
  const folder = join(cacheFolder(), `.build-${randomUUID()}`);
  await mkdir(folder);
  try {
    await writeFile(join(folder, "go.mod"), `module throwaway\n\ngo 1.24\n\nrequire ${program.module} v${program.version}\n`);
    await writeFile(join(folder, "tools.go"), `//go:build tools\n\npackage throwaway\n\nimport _ "${program.command}"\n`);
    const env = { ...process.env, GOTOOLCHAIN: "local", GOFLAGS: "-mod=mod", GOWORK: "off", CGO_ENABLED: "0", GOTMPDIR: folder };
    const args = ["build", "-mod=mod", "-trimpath", "-ldflags=-s -w", "-o", join(folder, program.name), program.command];
    const built = await runProgram({ program: "go", args, cwd: folder, env, timeoutMs: BUILD_MS, signal, ownGroup: true });
    if (built.code !== 0) throw new Error(`go build failed: ${tail(built.stderr)}`);
    await rename(join(folder, program.name), target);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") throw new Error("Go is not installed", { cause: error });
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A build that was killed leaves its folder; nobody is still at work in one that is a day old. */
async function sweepStaleBuilds(): Promise<void> {
  const names = await readdir(cacheFolder());
  for (const name of names.filter((name) => name.startsWith(".build-"))) {
    const folder = join(cacheFolder(), name);
    const found = await stat(folder).catch(() => undefined); // another run may sweep it at this moment
    if (found !== undefined && Date.now() - found.mtimeMs > STALE_BUILD_MS) await rm(folder, { recursive: true, force: true });
  }
}
