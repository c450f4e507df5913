import { COUNTED_TYPES, type RepositoryUse } from "#model/quota.ts";
import { holdLedger } from "./quota-ledger.ts";
import { NOBODY } from "./quota-scopes.ts";
import { tellOfQuotas } from "./quota-warnings.ts";
import { row } from "./repository-use.ts";
import type { WriteTransaction } from "./tables.ts";

/** What has changed in one repository since the last batch. */
export interface UseChange {
  readonly path: string;
  readonly ownerId: number | null;
  /** Added, or with a minus taken away. */
  readonly delta: RepositoryUse;
  readonly lastSnapshotAtMs: number | undefined;
  /** What the process has used up or hands back of what it had drawn for this repository. */
  readonly blockBytes: number;
  /** The result of a count on the disk, everything up to now in it; taken in place of `delta` unless another process changed something too. */
  readonly counted?: Counted | undefined;
}

export interface Counted {
  readonly use: RepositoryUse;
  /** When the newest snapshot was written, for a repository in which none was stored through us. */
  readonly newestSnapshotAtMs: number | undefined;
  readonly folderMark: string | undefined;
}

export interface FlushInput {
  readonly process: string;
  /** One more than that of the batch before. A batch that comes again is not added again. */
  readonly number: number;
  readonly nowMs: number;
  readonly changes: readonly UseChange[];
  /** By how much the trash has grown. */
  readonly trashBytes: number;
}

/**
 * Writes down what a process has stored and taken away. False when it was taken for dead meanwhile: then nothing is added, and the
 * repositories are to be counted again.
 */
export async function flushUse(tx: WriteTransaction, { process, number, nowMs, changes, trashBytes }: FlushInput): Promise<boolean> {
  await holdLedger(tx);
  const known = await tx.selectFrom("quotaProcess").select("flushed").where("process", "=", process).executeTakeFirst();
  if (known === undefined) {
    for (const { path } of changes)
      await tx.updateTable("repositoryUse").set({ recountAskedAtMs: nowMs }).where("path", "=", path).execute();
    return false;
  }
  if (known.flushed >= number) return true;
  await tx
    .updateTable("quotaProcess")
    .set((column) => ({ flushed: number, beat: column("beat", "+", 1) }))
    .where("process", "=", process)
    .execute();

  for (const change of changes) {
    if (change.blockBytes !== 0) await shrinkBlock(tx, process, change);
    if (change.counted === undefined || !(await replaceUse(tx, process, change, change.counted, nowMs))) await addUse(tx, process, change);
  }
  if (trashBytes !== 0) {
    await tx
      .updateTable("quotaLedger")
      .set((column) => ({ trashBytes: column("trashBytes", "+", trashBytes) }))
      .execute();
  }
  await tellOfQuotas(tx, changes, nowMs);
  return true;
}

export interface MeasuredTrash {
  readonly bytes: number;
  /** What was counted when the measuring began. */
  readonly countedBytes: number;
  /**
   * Writes it down even when more or less is counted by now, with the difference added: most of that went in or out behind the place that was
   * being looked at.
   */
  readonly evenIfChanged: boolean;
}

/** Puts what the trash was measured to hold in the place of what was counted; false when something has changed meanwhile. */
export async function setTrashBytes(tx: WriteTransaction, { bytes, countedBytes, evenIfChanged }: MeasuredTrash): Promise<boolean> {
  const query = tx
    .updateTable("quotaLedger")
    .set((column) => ({ trashBytes: column(column("trashBytes", "+", bytes), "-", countedBytes) }));
  const { numUpdatedRows } = await (evenIfChanged ? query : query.where("trashBytes", "=", countedBytes)).executeTakeFirst();
  return numUpdatedRows > 0n;
}

async function shrinkBlock(tx: WriteTransaction, process: string, { path, blockBytes }: UseChange): Promise<void> {
  const left = await tx
    .updateTable("quotaBlock")
    .set((column) => ({ bytes: column("bytes", "-", blockBytes) }))
    .where("process", "=", process)
    .where("path", "=", path)
    .returning("bytes")
    .executeTakeFirst();
  if (left !== undefined && left.bytes <= 0) {
    await tx.deleteFrom("quotaBlock").where("process", "=", process).where("path", "=", path).execute();
  }
}

/** False when the count is not worth anything, because another process has changed something in the repository meanwhile. */
async function replaceUse(tx: WriteTransaction, process: string, change: UseChange, counted: Counted, nowMs: number): Promise<boolean> {
  const { use, newestSnapshotAtMs = null, folderMark = null } = counted;
  const replaced = await tx
    .updateTable("repositoryUse")
    .set({ ...row(use), countedAtMs: nowMs, recountAskedAtMs: null, recountBy: null, folderMark })
    .where("path", "=", change.path)
    .where("recountBy", "=", process)
    .where("recountDisturbed", "=", 0)
    .returning("lastSnapshotAtMs")
    .executeTakeFirst();
  if (replaced === undefined) {
    await tx
      .updateTable("repositoryUse")
      .set({ recountBy: null })
      .where("path", "=", change.path)
      .where("recountBy", "=", process)
      .execute();
    return false;
  }
  const lastSnapshotAtMs = change.lastSnapshotAtMs ?? replaced.lastSnapshotAtMs ?? newestSnapshotAtMs;
  await tx.updateTable("repositoryUse").set({ lastSnapshotAtMs }).where("path", "=", change.path).execute();
  await tx.deleteFrom("quotaBlock").where("process", "=", NOBODY).where("path", "=", change.path).execute();
  return true;
}

async function addUse(tx: WriteTransaction, process: string, { path, ownerId, delta, lastSnapshotAtMs }: UseChange): Promise<void> {
  const counters = COUNTED_TYPES.flatMap((type) => [`${type}Count`, `${type}Bytes`] as const);
  await tx
    .insertInto("repositoryUse")
    .values({ ...row(delta), path, ownerId, recountDisturbed: 0 })
    .onConflict((conflict) =>
      conflict.column("path").doUpdateSet((column) => ({
        ...Object.fromEntries(
          counters.map((counter) => [counter, column(`repositoryUse.${counter}`, "+", column.ref(`excluded.${counter}`))]),
        ),
        ...(lastSnapshotAtMs !== undefined && { lastSnapshotAtMs }),
      })),
    )
    .execute();
  await tx.updateTable("repositoryUse").set({ recountDisturbed: 1 }).where("path", "=", path).where("recountBy", "!=", process).execute();
}
