import type { Insertable } from "kysely";
import type { Actor } from "#model/actor.ts";
import type { NewOperation, OperationDetails } from "#model/operation.ts";
import type { OperationTable, WriteTransaction } from "./tables.ts";

/** Who changes a setting, and when. Every write that changes one carries it. */
export interface SettingsChange {
  readonly by: Actor;
  readonly nowMs: number;
}

/** Adds lines to the timeline, in this order. */
export async function recordOperations(
  tx: WriteTransaction,
  { operations }: { readonly operations: readonly NewOperation[] },
): Promise<void> {
  if (operations.length === 0) return;
  const last = await raiseChange(tx, operations.length);
  const rows = operations.map((operation, index) => rowOf(operation, last - operations.length + 1 + index));
  await tx.insertInto("operation").values(rows).execute();
}

/** What a settings change tells of itself. */
export interface SettingsLine {
  readonly account?: string | undefined;
  readonly repository?: string | undefined;
  /** One sentence for a person. */
  readonly summary: string;
  readonly details?: OperationDetails;
}

/** Adds the line of a settings change in the change's own transaction: the one is never there without the other. */
export async function recordSettingsChange(tx: WriteTransaction, { by, nowMs }: SettingsChange, line: SettingsLine): Promise<void> {
  const times = { startedAtMs: nowMs, endedAtMs: nowMs };
  await recordOperations(tx, { operations: [{ kind: "settings.changed", status: "succeeded", ...times, actor: by, ...line }] });
}

/** The number of the last of `count` changes. Whoever else writes operations waits until this transaction ends. */
async function raiseChange(tx: WriteTransaction, count: number): Promise<number> {
  const { change } = await tx
    .updateTable("operationChange")
    .set((row) => ({ change: row("change", "+", count) }))
    .returning("change")
    .executeTakeFirstOrThrow();
  return change;
}

function rowOf(operation: NewOperation, change: number): Insertable<OperationTable> {
  const { actor } = operation;
  return {
    change,
    kind: operation.kind,
    status: operation.status,
    startedAtMs: operation.startedAtMs,
    endedAtMs: operation.endedAtMs ?? null,
    actorKind: actor.kind,
    actorName: "name" in actor ? actor.name : null,
    actorLogin: "login" in actor ? (actor.login ?? null) : null,
    account: operation.account ?? null,
    repository: operation.repository ?? null,
    door: operation.door ?? null,
    address: operation.address ?? null,
    client: operation.client ?? null,
    summary: operation.summary,
    details: JSON.stringify(operation.details ?? {}),
  };
}
