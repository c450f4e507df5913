import type { Insertable, Selectable } from "kysely";
import type { Actor } from "#model/actor.ts";
import type { NewOperation, Operation, OperationDetails, OperationKind, OperationStatus } from "#model/operation.ts";
import type { OperationTable, ReadConnection, WriteTransaction } from "./tables.ts";

/** Who changes a setting, and when. Every write that changes one carries it. */
export interface SettingsChange {
  readonly by: Actor;
  readonly nowMs: number;
}

/** Adds lines to the timeline, in this order; nothing that still runs. */
export async function recordOperations(
  tx: WriteTransaction,
  { operations }: { readonly operations: readonly NewOperation[] },
): Promise<void> {
  const nowMs = Math.max(...operations.map(({ startedAtMs, endedAtMs }) => endedAtMs ?? startedAtMs));
  await insertLines(tx, operations, { nowMs });
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

/** How a line reads from now on. */
export interface OperationUpdate {
  readonly id: number;
  readonly kind: OperationKind;
  readonly status: OperationStatus;
  readonly endedAtMs: number | undefined;
  readonly summary: string;
  readonly details: OperationDetails;
}

export interface TimelineBatch {
  readonly lines: readonly NewOperation[];
  readonly updates: readonly OperationUpdate[];
  /** Whose the running ones are. */
  readonly process: string;
  readonly nowMs: number;
}

/** Adds lines and changes others. Resolves to the ids of the added ones, in their order; undefined for one that is there only once and already was. */
export async function writeTimeline(tx: WriteTransaction, batch: TimelineBatch): Promise<readonly (number | undefined)[]> {
  const { lines, updates, process, nowMs } = batch;
  if (lines.some(({ status }) => status === "running")) {
    await tx
      .insertInto("operationProcess")
      .values({ process, beat: 0 })
      .onConflict((conflict) => conflict.column("process").doNothing())
      .execute();
  }
  const ids = await insertLines(tx, lines, { nowMs, process });
  if (updates.length > 0) {
    const { change } = await raiseChange(tx, { changes: updates.length, lines: 0, nowMs });
    for (const [index, { id, details, endedAtMs, ...update }] of updates.entries()) {
      const state = { endedAtMs: endedAtMs ?? null, ...(update.status === "running" ? {} : { process: null }) };
      await tx
        .updateTable("operation")
        .set({ kind: update.kind, status: update.status, kindAndStatus: kindAndStatus(update.kind, update.status), ...state })
        .set({ summary: kept(update.summary), details: detailsText(details) })
        .set({ change: change - updates.length + 1 + index })
        .where("id", "=", id)
        .execute();
    }
  }
  return ids;
}

/** The line of that number; undefined when there is none, or none any more. */
export async function findOperation(db: ReadConnection, id: number): Promise<Operation | undefined> {
  const row = await db.selectFrom("operation").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? undefined : operationOf(row);
}

/** The resume id of the newest change. */
export async function findOperationChange(db: ReadConnection): Promise<number> {
  const { change } = await db.selectFrom("operationChange").select("change").executeTakeFirstOrThrow();
  return change;
}

async function insertLines(
  tx: WriteTransaction,
  lines: readonly NewOperation[],
  { nowMs, process }: { readonly nowMs: number; readonly process?: string },
): Promise<readonly (number | undefined)[]> {
  if (lines.length === 0) return [];
  const last = await raiseChange(tx, { changes: lines.length, lines: lines.length, nowMs });
  const changeOf = (index: number) => last.change - lines.length + 1 + index;
  const rows = lines.map((line, index) => ({
    ...rowOf(line),
    change: changeOf(index),
    recordedAtMs: last.recordedAtMs,
    process: line.status === "running" ? (process ?? null) : null,
  }));
  const inserted = await tx
    .insertInto("operation")
    .values(rows)
    .onConflict((conflict) => conflict.column("once").doNothing())
    .returning(["id", "change"])
    .execute();
  if (inserted.length < lines.length) {
    const missing = lines.length - inserted.length;
    await tx
      .updateTable("operationChange")
      .set((row) => ({ lines: row("lines", "-", missing) }))
      .execute();
  }
  const ids = new Map(inserted.map(({ id, change }) => [change, id]));
  return lines.map((_, index) => ids.get(changeOf(index)));
}

// A clock that was set back by more than this was wrong before: then the times of lines go back with it.
const CLOCK_STEP_MS = 24 * 60 * 60_000;

/**
 * Takes so many numbers for changes; resolves to the last of them, and to the time that new lines get, which never goes back a little.
 * Whoever else writes operations waits until this transaction ends, so that changes are seen in the order of their numbers.
 */
export async function raiseChange(
  tx: WriteTransaction,
  { changes, lines, nowMs }: { readonly changes: number; readonly lines: number; readonly nowMs: number },
): Promise<{ readonly change: number; readonly recordedAtMs: number }> {
  return await tx
    .updateTable("operationChange")
    .set((row) => ({
      change: row("change", "+", changes),
      lines: row("lines", "+", lines),
      recordedAtMs: row
        .case()
        .when(row("recordedAtMs", ">", nowMs).and("recordedAtMs", "<=", nowMs + CLOCK_STEP_MS))
        .then(row.ref("recordedAtMs"))
        .else(nowMs)
        .end(),
    }))
    .returning(["change", "recordedAtMs"])
    .executeTakeFirstOrThrow();
}

function rowOf(operation: NewOperation): Omit<Insertable<OperationTable>, "change" | "recordedAtMs" | "process"> {
  const { actor, repository } = operation;
  return {
    kind: operation.kind,
    status: operation.status,
    kindAndStatus: kindAndStatus(operation.kind, operation.status),
    startedAtMs: operation.startedAtMs,
    endedAtMs: operation.endedAtMs ?? null,
    actorKind: actor.kind,
    actorName: "name" in actor ? kept(actor.name) : null,
    actorLogin: "login" in actor && actor.login !== undefined ? kept(actor.login) : null,
    account: operation.account === undefined ? null : kept(operation.account),
    repository: repository === undefined ? null : kept(repository),
    repositoryTop: repository === undefined ? null : topOf(kept(repository)),
    door: operation.door ?? null,
    address: operation.address ?? null,
    client: operation.client === undefined ? null : kept(operation.client),
    summary: kept(operation.summary),
    details: detailsText(operation.details ?? {}),
    once: operation.once ?? null,
  };
}

export function operationOf(row: Selectable<OperationTable>): Operation {
  return {
    id: row.id,
    change: row.change,
    recordedAtMs: row.recordedAtMs,
    kind: row.kind,
    status: row.status,
    startedAtMs: row.startedAtMs,
    endedAtMs: row.endedAtMs ?? undefined,
    actor: actorOf(row),
    account: row.account ?? undefined,
    repository: row.repository ?? undefined,
    door: row.door ?? undefined,
    address: row.address ?? undefined,
    client: row.client ?? undefined,
    summary: row.summary,
    details: JSON.parse(row.details) as OperationDetails, // we wrote it
  };
}

function actorOf({ actorKind, actorName, actorLogin }: Selectable<OperationTable>): Actor {
  if (actorKind === "account") return { kind: actorKind, name: actorName ?? "", login: actorLogin ?? "" };
  if (actorKind === "token") return { kind: actorKind, name: actorName ?? "" };
  if (actorKind === "stranger") return { kind: actorKind, login: actorLogin ?? undefined };
  return { kind: actorKind };
}

/** The two as one column has them. */
export function kindAndStatus(kind: OperationKind, status: OperationStatus): string {
  return `${kind} ${status}`;
}

/** The first folder of a repository's path: `/a/` of `/a/b/`, `/` of `/`. */
export function topOf(path: string): string {
  return path.slice(0, path.indexOf("/", 1) + 1) || "/";
}

const TEXT_CHARACTERS = 2000;

/** As both engines keep it, and not longer than a line may be; some of it comes from strangers. */
function kept(text: string): string {
  return text.slice(0, TEXT_CHARACTERS).replaceAll("\0", "?").toWellFormed();
}

function detailsText(details: OperationDetails): string {
  const entries = Object.entries(details).map(([name, value]) => [name, typeof value === "string" ? kept(value) : value]);
  return JSON.stringify(Object.fromEntries(entries));
}
