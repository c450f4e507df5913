import type { Command as Commander } from "commander";
import type { Run } from "./run.ts";

/** `holdfast mode ...` */
export function addModeCommands(mode: Commander, run: Run): void {
  for (const name of ["read-only", "maintenance"] as const) {
    mode
      .command(`${name} [path]`)
      .description(name === "read-only" ? "let clients read and change nothing" : "keep every client out for now; they ask again")
      .requiredOption("--reason <text>", "what clients are told; restic prints it")
      .action((path: string | undefined, { reason }: { reason: string }) =>
        run(async () => (await import("../commands/mode-set.ts")).modeSet, { name, path, reason }),
      );
  }
  mode
    .command("off [path]")
    .description("end the mode of the hub, or of exactly this path")
    .action((path: string | undefined) => run(async () => (await import("../commands/mode-off.ts")).modeOff, { path }));
  mode
    .command("list")
    .description("list what is in a mode, and why")
    .action(() => run(async () => (await import("../commands/mode-list.ts")).modeList, undefined));
}
