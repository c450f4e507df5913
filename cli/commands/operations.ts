import { once } from "node:events";
import { readPath } from "#domain/access/set-grant.ts";
import type { Core } from "#domain/core.ts";
import { followOperations } from "#domain/operations/follow-operations.ts";
import { newestChange, walkOperations, withAccountName } from "#domain/operations/list-operations.ts";
import type { Operation } from "#model/operation.ts";
import type { OperationFilter } from "#model/operation-filter.ts";
import type { Command, CommandContext } from "../command-context.ts";
import type { OperationsInput } from "../groups/operation.ts";
import { OPERATION_HEADINGS, operationLine, operationRow, operationValue } from "../operation-text.ts";
import { printable } from "../printable.ts";
import { withCore } from "../with-core.ts";

/** `holdfast operations`: the last lines of the timeline, the newest last, as a log is read; with `--follow` also those to come. */
export const operations: Command<OperationsInput> = async (context, input) => {
  await withCore(context, async (core) => {
    const filter = await filterOf(core, input);
    if (input.follow === true) return await follow(context, core, { filter, limit: input.limit });
    const shown = await lastOperations(core, { filter, limit: input.limit }, context.signal);
    context.showTable(shown.map(operationValue), {
      headings: OPERATION_HEADINGS,
      rows: shown.map(operationRow),
      empty: "Nothing of that kind has happened, or none of it is kept any more",
    });
  });
  return 0;
};

async function filterOf(core: Core, { account, repository, kind, status, door, since, until }: OperationsInput): Promise<OperationFilter> {
  return await withAccountName(core, {
    account,
    below: repository === undefined ? undefined : readPath(core, repository).text,
    kinds: kind,
    status,
    door,
    sinceMs: since,
    untilMs: until,
  });
}

interface Shown {
  readonly filter: OperationFilter;
  readonly limit: number;
}

async function lastOperations(core: Core, { filter, limit }: Shown, signal: AbortSignal): Promise<Operation[]> {
  const shown: Operation[] = [];
  for await (const operation of walkOperations(core, filter, signal)) if (shown.push(operation) >= limit) break;
  return shown.reverse();
}

/** Ends with Ctrl+C, or when nobody reads any more. */
async function follow(context: CommandContext, core: Core, { filter, limit }: Shown): Promise<void> {
  const stop = new AbortController();
  const end = () => stop.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, end);
  process.stdout.once("close", end).once("error", end);
  const show = async (operation: Operation) => {
    const line = context.json ? JSON.stringify(operationValue(operation)) : operationLine(operation);
    // A reader that is slow makes us wait, not remember.
    if (!process.stdout.write(`${printable(line)}\n`)) await once(process.stdout, "drain", { signal: stop.signal });
  };
  try {
    // What happens while the last lines are read is shown by what follows, once: it goes on after the newest change in them.
    const change = await newestChange(core);
    for (const operation of await lastOperations(core, { filter, limit }, stop.signal))
      if (operation.change <= change) await show(operation);
    for await (const event of followOperations(core, { after: change, filter }, stop.signal)) {
      if (event.kind === "operation") await show(event.operation);
      else if (event.kind === "reset") process.stderr.write("holdfast: some lines were trimmed before they could be shown\n");
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  }
}
