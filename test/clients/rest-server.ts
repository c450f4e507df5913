import { findCached } from "./program-cache.ts";
import { testEnvironment } from "./run-program.ts";
import { serveProgram } from "./serve-program.ts";

/** A server of restic repositories that is not ours. Leaving its scope stops it. */
export interface ResticServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** The path of rest-server 0.14.0, undefined when this machine has not got it. */
export function findRestServer(): string | undefined {
  return findCached({ name: "rest-server", version: "0.14.0" });
}

/** The reason for which a test with rest-server is skipped; false when it can run. */
export function withoutRestServer(): string | false {
  return findRestServer() === undefined && "rest-server 0.14.0 is not there (npm test gets it where the machine allows)";
}

/** Starts rest-server over `folder` on a free port, without sign-in unless `args` bring an htpasswd file. */
export async function startRestServer({ folder, args = ["--no-auth"] }: RestServerOptions): Promise<ResticServer> {
  const program = findRestServer();
  if (program === undefined) throw new Error("rest-server 0.14.0 is not there");
  const server = await serveProgram({
    program,
    args: ["--path", folder, "--listen", "127.0.0.1:0", ...args],
    cwd: folder,
    env: testEnvironment(),
    ready: (line) => /start server on (?<address>127\.0\.0\.1:\d+)/.exec(line)?.groups?.["address"],
  });
  const stop = async () => void (await server.stop());
  return { url: `http://${server.ready}`, pid: server.pid, stop, [Symbol.asyncDispose]: stop };
}

export interface RestServerOptions {
  readonly folder: string;
  readonly args?: readonly string[];
}
