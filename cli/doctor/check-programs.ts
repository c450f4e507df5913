import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Check } from "./check.ts";

const DEADLINE_MS = 5000;

const PROGRAMS: readonly (readonly [program: string, ...args: string[]])[] = [
  ["restic", "version"],
  ["rclone", "version"],
  ["rest-server", "--version"],
  ["openssl", "version"],
  ["psql", "--version"],
];

/** Versions of Node and of the programs beside which a hub often stands. The hub runs without any of them. */
export async function checkPrograms(): Promise<Check[]> {
  const found = await Promise.all(PROGRAMS.map(async ([program, ...args]) => ({ program, what: await firstLine(program, args) })));
  return [
    { name: "node", status: "ok", what: process.version },
    ...found.map(({ program, what }): Check => ({ name: program, status: "ok", what: what ?? "not found (the hub does not need it)" })),
  ];
}

const run = promisify(execFile);

async function firstLine(program: string, args: string[]): Promise<string | undefined> {
  try {
    const { stdout } = await run(program, args, { timeout: DEADLINE_MS, killSignal: "SIGKILL", maxBuffer: 64 * 1024 });
    return stdout.split("\n")[0]?.trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    return "found, but it does not tell its version";
  }
}
