import type { Command as Commander } from "commander";
import type { Run } from "./run.ts";

/** `holdfast cleanup ...` */
export function addCleanupCommands(cleanup: Commander, run: Run): void {
  cleanup
    .command("open <login> <path>")
    .description("let a login remove at a path and below it for some minutes")
    .option("--minutes <n>", "for how long", "15")
    .option("--account", "<login> names an account: each of its logins may")
    .requiredOption("--reason <text>", "why, for the timeline")
    .action((name: string, path: string, input: { minutes: string; account?: boolean; reason: string }) =>
      run(async () => (await import("../commands/cleanup-open.ts")).cleanupOpen, { name, path, ...input }),
    );
  cleanup
    .command("close <number>")
    .description("close a window before its time")
    .action((id: string) => run(async () => (await import("../commands/cleanup-close.ts")).cleanupClose, { id }));
  cleanup
    .command("list")
    .description("list the windows that are open")
    .option("--all", "those of the last weeks too")
    .action((input: { all?: boolean }) => run(async () => (await import("../commands/cleanup-list.ts")).cleanupList, input));
}
