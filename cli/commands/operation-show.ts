import { showOperation } from "#domain/operations/list-operations.ts";
import type { Command } from "../command-context.ts";
import { actorText, operationValue } from "../operation-text.ts";
import { timeOf } from "../time-of.ts";
import { withCore } from "../with-core.ts";

/** `holdfast operation show` */
export const operationShow: Command<{ id: number }> = async (context, { id }) => {
  const operation = await withCore(context, async (core) => await showOperation(core, { id }));
  const { startedAtMs, endedAtMs } = operation;
  const seconds = endedAtMs === undefined ? undefined : (endedAtMs - startedAtMs) / 1000;
  const fields: readonly (readonly [name: string, value: string | undefined])[] = [
    ["what", `${operation.kind}, ${operation.status}`],
    ["started", timeOf(startedAtMs)],
    ["ended", endedAtMs === undefined ? "it still runs" : `${timeOf(endedAtMs)}, after ${seconds} s`],
    ["who", actorText(operation.actor)],
    ["account", operation.account],
    ["repository", operation.repository],
    ["door", operation.door],
    ["address", operation.address],
    ["client", operation.client],
    ...Object.entries(operation.details).map(([name, value]) => [name, String(value)] as const),
  ];
  const widest = Math.max(...fields.map(([name]) => name.length));
  const lines = fields.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(widest)}  ${value}`]));
  context.show(operationValue(operation), [operation.summary, "", ...lines]);
  return 0;
};
