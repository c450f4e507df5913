import { type Command as Commander, InvalidArgumentError, Option } from "commander";
import { OPERATION_KINDS, OPERATION_STATUSES, type OperationKind, type OperationStatus } from "#model/operation.ts";
import { findPastMoment } from "../read-moment.ts";
import type { Run } from "./run.ts";

/** What `holdfast operations` takes. */
export interface OperationsInput {
  readonly account?: string;
  readonly repository?: string;
  readonly kind?: readonly OperationKind[];
  readonly status?: OperationStatus;
  readonly door?: string;
  /** UTC milliseconds. */
  readonly since?: number;
  readonly until?: number;
  readonly limit: number;
  readonly follow?: boolean;
}

/** `holdfast operations`, `holdfast operation ...` */
export function addOperationCommands(program: Commander, run: Run): void {
  program
    .command("operations")
    .description("show the timeline: what happened, when, by whom; the newest last")
    .option("--account <name>", "about this account")
    .option("--repository <path>", "about this repository and those below it")
    .addOption(new Option("--kind <kind...>", "of this kind, or one of several").choices(OPERATION_KINDS))
    .addOption(new Option("--status <status>", "that ended so").choices(OPERATION_STATUSES))
    .option("--door <door>", "that came in by this door, such as restic")
    .option("--since <time>", "from this time on: 90m, 12h, 2d, 3w, or a date such as 2026-11-21 or 2026-11-21T17:00Z", time)
    .option("--until <time>", "before this time", time)
    .option("--limit <count>", "at most so many", count, 50)
    .option("--follow", "go on, and show what happens until Ctrl+C; with --json one value a line")
    .action((input: OperationsInput) => run(async () => (await import("../commands/operations.ts")).operations, input));
  program
    .command("operation")
    .description("one line of the timeline")
    .command("show <id>")
    .description("show all that is known of one line of the timeline")
    .action((id: string) => run(async () => (await import("../commands/operation-show.ts")).operationShow, { id: Number(id) }));
}

function time(text: string): number {
  const atMs = findPastMoment(text, Date.now());
  if (atMs === undefined) throw new InvalidArgumentError("It is 90m, 12h, 2d, 3w, or a date such as 2026-11-21.");
  return atMs;
}

function count(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 100_000) throw new InvalidArgumentError("It is a number from 1 to 100000.");
  return number;
}
