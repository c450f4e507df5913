import { EVIDENCE_KINDS, OPERATION_KINDS, type OperationKind, type OperationStatus } from "#model/operation.ts";
import { kindAndStatus, raiseChange } from "./operations.ts";
import type { ReadConnection, WriteTransaction } from "./tables.ts";

const AT_ONCE = 500;

/** Says that the process lives. One that has nothing running is not in the table. */
export async function beatOperationProcess(tx: WriteTransaction, { process }: { readonly process: string }): Promise<void> {
  await tx
    .insertInto("operationProcess")
    .values({ process, beat: 1 })
    .onConflict((conflict) => conflict.column("process").doUpdateSet((row) => ({ beat: row("operationProcess.beat", "+", 1) })))
    .execute();
}

/** The processes that have something running, each with the number it has last raised; undefined for one that has raised none. */
export async function listOperationProcesses(
  db: ReadConnection,
  _: object,
): Promise<readonly { readonly process: string; readonly beat: number | undefined }[]> {
  const rows = await db
    .selectFrom("operation")
    .leftJoin("operationProcess", "operationProcess.process", "operation.process")
    .select(["operation.process", "operationProcess.beat"])
    .distinct()
    .where("operation.process", "is not", null)
    .execute();
  return rows.flatMap(({ process, beat }) => (process === null ? [] : [{ process, beat: beat ?? undefined }]));
}

/**
 * Marks up to 500 operations of the process as interrupted, and forgets the process with the last of them. Resolves to how many they
 * were; when it is 500 there may be more.
 */
export async function interruptOperations(
  tx: WriteTransaction,
  { process, nowMs }: { readonly process: string; readonly nowMs: number },
): Promise<number> {
  const running = await tx
    .selectFrom("operation")
    .select(["id", "kind", "startedAtMs"])
    .where("process", "=", process)
    .orderBy("id")
    .limit(AT_ONCE)
    .execute();
  if (running.length > 0) {
    const { change } = await raiseChange(tx, { changes: running.length, lines: 0, nowMs });
    const status: OperationStatus = "interrupted";
    for (const [index, { id, kind, startedAtMs }] of running.entries()) {
      await tx
        .updateTable("operation")
        .set({
          status,
          kindAndStatus: kindAndStatus(kind, status),
          process: null,
          endedAtMs: Math.max(nowMs, startedAtMs),
          change: change - running.length + 1 + index,
        })
        .where("id", "=", id)
        .execute();
    }
  }
  if (running.length < AT_ONCE) await tx.deleteFrom("operationProcess").where("process", "=", process).execute();
  return running.length;
}

export interface TrimInput {
  /** Lines first written before this go ... */
  readonly beforeMs: number;
  /** ... changes of settings before this. */
  readonly settingsBeforeMs: number;
  /** How many lines may stay. */
  readonly mostLines: number;
  /** Kinds of which there are more than their share: when there are too many lines, so many of these go first. */
  readonly surplus?: readonly KindCount[];
}

export interface KindCount {
  readonly kind: OperationKind;
  readonly lines: number;
}

/** What goes when there are too many lines: the oldest of the first group that has any. */
const GOING: readonly (readonly OperationKind[])[] = [
  OPERATION_KINDS.filter((kind) => kind !== "settings.changed" && !EVIDENCE_KINDS.some((evidence) => evidence === kind)),
  EVIDENCE_KINDS,
  ["settings.changed"],
];

/** How many lines there are of each kind of evidence; none of a kind that has none. Reads one index. */
export async function countEvidence(db: ReadConnection, _: object): Promise<readonly KindCount[]> {
  const rows = await db
    .selectFrom("operation")
    .select(["kind", (select) => select.fn.countAll<number>().as("lines")])
    .where("kind", "in", EVIDENCE_KINDS)
    .groupBy("kind")
    .execute();
  return rows.map(({ kind, lines }) => ({ kind, lines: Number(lines) }));
}

/** Takes away up to 500 of the oldest lines that are too old or too many. Resolves to how many went, of each kind. */
export async function trimOperations(tx: WriteTransaction, input: TrimInput): Promise<readonly KindCount[]> {
  const { beforeMs, settingsBeforeMs, mostLines, surplus = [] } = input;
  const { lines } = await tx.selectFrom("operationChange").select("lines").executeTakeFirstOrThrow();
  const tooMany = Math.min(AT_ONCE, lines - mostLines);
  const going = tooMany > 0 ? await findTooMany(tx, tooMany, surplus) : await findTooOld(tx, { beforeMs, settingsBeforeMs });
  if (going.length === 0) return [];
  const ids = going.map(({ id }) => id);
  const trimmed = Math.max(...going.map(({ change }) => change));
  await tx.deleteFrom("operation").where("id", "in", ids).execute();
  await tx
    .updateTable("operationChange")
    .set((row) => ({
      lines: row("lines", "-", going.length),
      trimmedChange: row
        .case()
        .when(row("trimmedChange", "<", trimmed))
        .then(trimmed)
        .else(row.ref("trimmedChange"))
        .end(),
    }))
    .execute();
  const counts = new Map<OperationKind, number>();
  for (const { kind } of going) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => ({ kind, lines: count }));
}

interface Going {
  readonly id: number;
  readonly change: number;
  readonly kind: OperationKind;
}

async function findTooMany(tx: WriteTransaction, most: number, surplus: readonly KindCount[]): Promise<readonly Going[]> {
  for (const { kind, lines } of surplus) {
    const found = lines > 0 ? await findOldest(tx, kind, Math.min(most, lines)) : [];
    if (found.length > 0) return found;
  }
  for (const group of GOING) {
    const found: Going[] = [];
    // Kind by kind, each along its own index: those that stay may be a million, and older than all that go.
    for (const kind of group) found.push(...(await findOldest(tx, kind, most)));
    if (found.length > 0) return found.sort((one, other) => one.id - other.id).slice(0, most);
  }
  return [];
}

async function findOldest(tx: WriteTransaction, kind: OperationKind, most: number): Promise<readonly Going[]> {
  const ended = tx.selectFrom("operation").select(["id", "change", "kind"]).where("process", "is", null);
  return await ended.where("kind", "=", kind).orderBy("id").limit(most).execute();
}

async function findTooOld(tx: WriteTransaction, bounds: Pick<TrimInput, "beforeMs" | "settingsBeforeMs">): Promise<readonly Going[]> {
  const ended = tx.selectFrom("operation").select(["id", "change", "kind"]).where("process", "is", null);
  const oldest = ended.orderBy("recordedAtMs").orderBy("id").limit(AT_ONCE);
  const others = await oldest.where("kind", "!=", "settings.changed").where("recordedAtMs", "<", bounds.beforeMs).execute();
  if (others.length > 0) return others;
  return await oldest.where("kind", "=", "settings.changed").where("recordedAtMs", "<", bounds.settingsBeforeMs).execute();
}
