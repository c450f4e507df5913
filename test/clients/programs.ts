import { globSync } from "node:fs";
import { mkdir, rm, symlink } from "node:fs/promises";
import { dirname } from "node:path";
import { installDebianPackage, stopClusters } from "./debian-package.ts";
import { findOnPath } from "./find-on-path.ts";
import { buildGoProgram, cachePath, findCached, type GoProgram } from "./program-cache.ts";
import { runProgram, testEnvironment } from "./run-program.ts";

/** A program that tests need and the machine may not have. */
export interface NeededProgram {
  /** Its name and version, as it is told to people. */
  readonly title: string;
  /** Whether the quick part of the tests needs it too. */
  readonly quick: boolean;
  readonly find: () => string | undefined;
  /** Gets it. Throws a sentence that says why it cannot be had. */
  readonly get: (signal: AbortSignal) => Promise<void>;
}

/** A program that could not be had, and why. */
export interface MissingProgram {
  readonly title: string;
  readonly reason: string;
}

const RESTIC = { name: "restic", module: "github.com/restic/restic", command: "github.com/restic/restic/cmd/restic" } as const;
const REST_SERVER: GoProgram = {
  name: "rest-server",
  version: "0.14.0",
  module: "github.com/restic/rest-server",
  command: "github.com/restic/rest-server/cmd/rest-server",
};
const RCLONE: GoProgram = { name: "rclone", version: "1.75.1", module: "github.com/rclone/rclone", command: "github.com/rclone/rclone" };

/** What the tests need, in the order in which it is got: what is quick to get first. */
export const NEEDED_PROGRAMS: readonly NeededProgram[] = [
  debian({ title: "openssl", find: () => findOnPath("openssl"), packageName: "openssl" }),
  debian({ title: "PostgreSQL", find: findPostgresPrograms, packageName: "postgresql", afterInstall: stopClusters }),
  debian({ title: "rclone", find: () => findOnPath("rclone"), packageName: "rclone" }),
  { ...goBuild({ ...RESTIC, version: "0.19.1" }), quick: true },
  { ...goBuild({ ...RESTIC, version: "0.14.0" }), quick: true, get: getRestic014 },
  goBuild(REST_SERVER),
  goBuild({ ...RESTIC, version: "0.18.1" }),
  goBuild(RCLONE),
];

/**
 * Gets every one of `programs` that is not there, one after another, and resolves to those that could not be had. `say` is told
 * what is being got and how long it took. What is not got when `signal` ends counts as missing.
 */
export async function preparePrograms(programs: readonly NeededProgram[], { say, signal }: Preparation): Promise<MissingProgram[]> {
  const missing: MissingProgram[] = [];
  for (const program of programs) {
    if (program.find() !== undefined) continue;
    const startedAtMs = performance.now();
    say(`getting ${program.title} ...`);
    try {
      if (signal.aborted) throw new Error("there was no time left to get it");
      await program.get(signal);
      if (program.find() === undefined) throw new Error("it was installed and is not where it is looked for");
      say(`got ${program.title} in ${((performance.now() - startedAtMs) / 1000).toFixed(0)} s`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      missing.push({ title: program.title, reason });
      say(`cannot get ${program.title}: ${reason}`);
    }
  }
  return missing;
}

export interface Preparation {
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

interface DebianProgram {
  readonly title: string;
  readonly find: () => string | undefined;
  readonly packageName: string;
  readonly afterInstall?: (signal: AbortSignal) => Promise<void>;
}

function debian({ title, find, packageName, afterInstall }: DebianProgram): NeededProgram {
  const get = async (signal: AbortSignal) => {
    await installDebianPackage(packageName, signal);
    await afterInstall?.(signal);
  };
  return { title, quick: true, find, get };
}

function goBuild(program: GoProgram): NeededProgram {
  return {
    title: `${program.name} ${program.version}`,
    quick: false,
    find: () => findCached(program),
    get: (signal) => buildGoProgram(program, signal),
  };
}

function findPostgresPrograms(): string | undefined {
  // Debian keeps the server's programs out of PATH, one folder a version.
  return findOnPath("initdb") ?? globSync("/usr/lib/postgresql/*/bin/initdb")[0];
}

/** Debian 12 ships exactly this version, which saves a build; elsewhere the package is another one and it is built. */
async function getRestic014(signal: AbortSignal): Promise<void> {
  const program = { ...RESTIC, version: "0.14.0" };
  const packaged = await installResticPackage(signal);
  if (packaged === undefined) return await buildGoProgram(program, signal);
  const link = cachePath(program);
  await mkdir(dirname(link), { recursive: true });
  await rm(link, { force: true }); // one whose program has been removed
  await symlink(packaged, link);
}

async function installResticPackage(signal: AbortSignal): Promise<string | undefined> {
  try {
    if (findOnPath("restic") === undefined) await installDebianPackage("restic", signal);
    const path = findOnPath("restic");
    if (path === undefined) return undefined;
    const { stdout } = await runProgram({ program: path, args: ["version"], cwd: "/", env: testEnvironment(), timeoutMs: 30_000, signal });
    return stdout.startsWith("restic 0.14.0 ") ? path : undefined;
  } catch {
    return undefined; // no packages here: it is built
  }
}
