import { existsSync } from "node:fs";
import { runProgram, tail } from "./run-program.ts";

const APT_GET = "/usr/bin/apt-get";
const INSTALL_MS = 5 * 60_000;

/** Installs one of Debian's packages. Throws a sentence when that cannot be done here, or apt-get's last words. */
export async function installDebianPackage(name: string, signal: AbortSignal): Promise<void> {
  if (!existsSync(APT_GET)) throw new Error("this machine has no apt-get");
  if (process.getuid?.() !== 0) throw new Error("only root may install Debian packages");
  if (!(await isKnown(name, signal))) await aptGet(["update"], signal);
  await aptGet(["install", "--yes", "--no-install-recommends", name], signal);
}

/** Stops the database server that Debian's PostgreSQL package starts when it is installed: the tests start their own. */
export async function stopClusters(signal: AbortSignal): Promise<void> {
  const options = { cwd: "/", env: process.env, timeoutMs: 60_000, signal };
  const { stdout } = await runProgram({ program: "pg_lsclusters", args: ["--no-header"], ...options });
  for (const line of stdout.split("\n").filter((line) => line !== "")) {
    const [version = "", cluster = "", , status = ""] = line.split(/\s+/);
    if (status === "online") await runProgram({ program: "pg_ctlcluster", args: [version, cluster, "stop"], ...options });
  }
}

async function isKnown(name: string, signal: AbortSignal): Promise<boolean> {
  const run = { program: "/usr/bin/apt-cache", args: ["show", name], cwd: "/", env: process.env, timeoutMs: 60_000, signal };
  return (await runProgram(run)).code === 0;
}

async function aptGet(args: readonly string[], signal: AbortSignal): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  // Another installation on the same machine is waited for, not run into.
  const all = ["-o", "DPkg::Lock::Timeout=120", "--quiet", ...args];
  const { code, stderr } = await runProgram({ program: APT_GET, args: all, cwd: "/", env, timeoutMs: INSTALL_MS, signal });
  if (code !== 0) throw new Error(`apt-get ${args.join(" ")} failed: ${tail(stderr)}`);
}
