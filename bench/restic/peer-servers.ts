import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import bcrypt from "bcryptjs";
import { findOnPath } from "../../test/clients/find-on-path.ts";
import { findRclone } from "../../test/clients/rclone.ts";
import { findRestServer } from "../../test/clients/rest-server.ts";
import { runProgram, testEnvironment } from "../../test/clients/run-program.ts";
import { LOGIN, openServer, type ServerKind } from "./servers.ts";

/** rest-server 0.14, or the one on PATH. It remembers a right password for some seconds, so bcrypt costs it next to nothing. */
export function restServer({ open }: { readonly open: boolean }): ServerKind {
  const program = findRestServer() ?? findOnPath("rest-server") ?? "rest-server";
  return {
    id: open ? "rest-server-open" : "rest-server",
    http2: true,
    title: open ? "rest-server, no sign-in" : "rest-server",
    version: () => askVersion(program, ["--version"]),
    async start({ folder, tls }) {
      const password = "rest-server-password";
      // Cost 5 is what htpasswd -B takes.
      await writeFile(join(folder, ".htpasswd"), `${LOGIN}:${await bcrypt.hash(password, 5)}\n`, { mode: 0o600 });
      const secure = tls === undefined ? [] : ["--tls", "--tls-cert", tls.cert, "--tls-key", tls.key];
      const args = ["--path", folder, "--listen", "127.0.0.1:0", ...(open ? ["--no-auth"] : []), ...secure];
      const ready = (written: string) => {
        const address = /start server on (?<address>127\.0\.0\.1:\d+)\s/.exec(written)?.groups?.["address"];
        return address === undefined ? undefined : `${tls === undefined ? "http" : "https"}://${address}`;
      };
      return await openPeer({ program, args, folder, ready, password });
    },
  };
}

/** `rclone serve restic` with one user. It neither hashes nor syncs what it is sent. */
export function rclone(): ServerKind {
  const program = findRclone("1.75.1") ?? findOnPath("rclone") ?? "rclone";
  return {
    id: "rclone",
    title: "rclone",
    http2: false,
    version: () => askVersion(program, ["version"]),
    async start({ folder, tls }) {
      const password = "rclone-password";
      const secure = tls === undefined ? [] : ["--cert", tls.cert, "--key", tls.key];
      const auth = ["--user", LOGIN, "--pass", password];
      const args = ["--config", "", "serve", "restic", "--addr", "127.0.0.1:0", ...auth, ...secure, folder];
      const ready = (written: string) => /(?<url>https?:\/\/127\.0\.0\.1:\d+)[/\s]/.exec(written)?.groups?.["url"];
      return await openPeer({ program, args, folder, ready, password });
    },
  };
}

interface Peer {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly ready: (written: string) => string | undefined;
  readonly password: string;
}

function openPeer({ program, args, folder, ready, password }: Peer) {
  const logFile = join(dirname(folder), `${folder.split("/").at(-1)}.log`); // beside what it serves
  const serve = { program, args, cwd: folder, env: testEnvironment(), logFile, ready };
  return openServer({ serve, repositories: folder, password: () => Promise.resolve(password) });
}

async function askVersion(program: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await runProgram({ program, args, cwd: "/", env: testEnvironment(), timeoutMs: 30_000 });
  return `${stdout}${stderr}`.trim().split("\n")[0] ?? "";
}
