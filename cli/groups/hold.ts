import type { Command as Commander } from "commander";
import type { Run } from "./run.ts";

/** `holdfast hold ...` */
export function addHoldCommands(hold: Commander, run: Run): void {
  hold
    .command("add <path>")
    .description("let nobody remove anything at a path and below it, until a time or to an age")
    .option("--until <time>", "until this time: 2027-01-01, or 2027-01-01T12:00Z")
    .option("--days <n>", "for so many days from now")
    .option("--newer-than <days>", "keep each object until it has lain here for so many days")
    .requiredOption("--reason <text>", "why, for those who are refused")
    .action((path: string, input: { until?: string; days?: string; newerThan?: string; reason: string }) =>
      run(async () => (await import("../commands/hold-add.ts")).holdAdd, { path, ...input }),
    );
  hold
    .command("list")
    .description("list all holds")
    .option("--path <path>", "only those that count for this path")
    .action((input: { path?: string }) => run(async () => (await import("../commands/hold-list.ts")).holdList, input));
  hold
    .command("remove <number>")
    .description("lift a hold; the timeline keeps who did")
    .action((id: string) => run(async () => (await import("../commands/hold-remove.ts")).holdRemove, { id }));
}
