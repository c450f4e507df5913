import type { OperationStatus } from "#model/operation.ts";
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
}

/** Takes away up to 500 of the oldest lines that are too old or too many. Resolves to how many went. */
export async function trimOperations(tx: WriteTransaction, { beforeMs, settingsBeforeMs, mostLines }: TrimInput): Promise<number> {
  const { lines } = await tx.selectFrom("operationChange").select("lines").executeTakeFirstOrThrow();
  const ended = tx.selectFrom("operation").select(["id", "change"]).where("process", "is", null);
  const oldest = ended.orderBy("recordedAtMs").orderBy("id");
  const others = oldest.where("kind", "!=", "settings.changed");
  const tooMany = Math.min(AT_ONCE, lines - mostLines);
  const old = tooMany > 0 ? others.limit(tooMany) : others.where("recordedAtMs", "<", beforeMs).limit(AT_ONCE);
  let going = await old.execute();
  if (going.length === 0) {
    const settings = oldest.where("kind", "=", "settings.changed");
    going = await (tooMany > 0 ? settings.limit(tooMany) : settings.where("recordedAtMs", "<", settingsBeforeMs).limit(AT_ONCE)).execute();
  }
  if (going.length === 0) return 0;
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
  return going.length;
}
