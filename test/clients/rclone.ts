import { findOnPath } from "./find-on-path.ts";
import { findCached } from "./program-cache.ts";
import type { ResticServer } from "./rest-server.ts";
import { testEnvironment } from "./run-program.ts";
import { serveProgram } from "./serve-program.ts";

/** The pinned build, or whichever the system has (Debian 12: 1.60). */
export type RcloneVersion = "1.75.1" | "system";

/** The path of that rclone, undefined when this machine has not got it. */
export function findRclone(version: RcloneVersion): string | undefined {
  return version === "system" ? findOnPath("rclone") : findCached({ name: "rclone", version });
}

/** The reason for which a test with that rclone is skipped; false when it can run. */
export function withoutRclone(version: RcloneVersion): string | false {
  return findRclone(version) === undefined && `rclone (${version}) is not there (npm test gets it where the machine allows)`;
}

/** Starts `rclone serve restic` over `folder` on a free port, open to everyone unless `args` say otherwise. */
export async function startRcloneServeRestic({ version, folder, args = [] }: RcloneServeOptions): Promise<ResticServer> {
  const server = await serveProgram({
    program: openRclone(version),
    args: [...NO_CONFIG, "serve", "restic", "--addr", "127.0.0.1:0", ...args, folder],
    cwd: folder,
    env: testEnvironment(),
    ready: (line) => /(?<url>http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.groups?.["url"],
  });
  const stop = async () => void (await server.stop());
  return { url: server.ready, pid: server.pid, stop, [Symbol.asyncDispose]: stop };
}

export interface RcloneServeOptions {
  readonly version: RcloneVersion;
  readonly folder: string;
  readonly args?: readonly string[];
}

// An empty name: rclone neither reads nor writes a config file.
const NO_CONFIG = ["--config", ""];

function openRclone(version: RcloneVersion): string {
  const program = findRclone(version);
  if (program === undefined) throw new Error(`rclone (${version}) is not there`);
  return program;
}
