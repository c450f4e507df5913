import { raiseAccessVersion } from "./access-version.ts";
import { orphanArchives } from "./archive-changes.ts";
import { holdLedger } from "./quota-ledger.ts";
import { NOBODY } from "./quota-scopes.ts";
import type { ReadConnection, WriteTransaction } from "./tables.ts";

/** Takes a process in, so that it may draw. */
export async function registerQuotaProcess(tx: WriteTransaction, { process }: { readonly process: string }): Promise<void> {
  await tx.insertInto("quotaProcess").values({ process, beat: 0, flushed: 0 }).execute();
}

/** Shows that the process lives. False when it was taken for dead. */
export async function beatQuotaProcess(tx: WriteTransaction, { process }: { readonly process: string }): Promise<boolean> {
  const row = await tx
    .updateTable("quotaProcess")
    .set((column) => ({ beat: column("beat", "+", 1) }))
    .where("process", "=", process)
    .returning("process")
    .executeTakeFirst();
  return row !== undefined;
}

/** Takes a process out that has written all its changes: what it had drawn is free. */
export async function endQuotaProcess(tx: WriteTransaction, { process }: { readonly process: string }): Promise<void> {
  await holdLedger(tx);
  await tx.deleteFrom("quotaBlock").where("process", "=", process).execute();
  await tx.updateTable("repositoryUse").set({ recountBy: null }).where("recountBy", "=", process).execute();
  await orphanArchives(tx, [process]); // those whose end could not be written
  await tx.deleteFrom("quotaProcess").where("process", "=", process).execute();
}

/**
 * Takes processes out that have ended without a word. What they stored last was not written down, so every repository is to be counted
 * again, and what they had drawn stays drawn until its repository is.
 */
export async function buryQuotaProcesses(
  tx: WriteTransaction,
  { processes, nowMs }: { readonly processes: readonly string[]; readonly nowMs: number },
): Promise<void> {
  await holdLedger(tx);
  let buried = 0;
  for (const process of processes) {
    const { numDeletedRows } = await tx.deleteFrom("quotaProcess").where("process", "=", process).executeTakeFirst();
    if (numDeletedRows === 0n) continue; // another was quicker
    buried += 1;
    const blocks = await tx.selectFrom("quotaBlock").selectAll().where("process", "=", process).execute();
    for (const block of blocks) {
      await tx
        .insertInto("quotaBlock")
        .values({ ...block, process: NOBODY })
        .onConflict((conflict) =>
          conflict.columns(["process", "path"]).doUpdateSet((row) => ({ bytes: row("quotaBlock.bytes", "+", row.ref("excluded.bytes")) })),
        )
        .execute();
      // Its repository may have no row yet: then this upload would have made it.
      const use = { path: block.path, ownerId: block.ownerId, recountDisturbed: 0, ...NO_COUNTERS };
      await tx
        .insertInto("repositoryUse")
        .values(use)
        .onConflict((conflict) => conflict.column("path").doNothing())
        .execute();
    }
    await tx.deleteFrom("quotaBlock").where("process", "=", process).execute();
    await tx.updateTable("repositoryUse").set({ recountBy: null }).where("recountBy", "=", process).execute();
  }
  if (buried === 0) return;
  await orphanArchives(tx, processes);
  await tx.updateTable("repositoryUse").set({ recountAskedAtMs: nowMs }).execute();
  await raiseAccessVersion(tx, nowMs);
}

/** Every process that stores bytes, with the beat it has come to. */
export async function listQuotaProcesses(db: ReadConnection): Promise<readonly { readonly process: string; readonly beat: number }[]> {
  return await db.selectFrom("quotaProcess").select(["process", "beat"]).orderBy("process").limit(1000).execute();
}

const NO_COUNTERS = {
  dataCount: 0,
  dataBytes: 0,
  keysCount: 0,
  keysBytes: 0,
  locksCount: 0,
  locksBytes: 0,
  snapshotsCount: 0,
  snapshotsBytes: 0,
  indexCount: 0,
  indexBytes: 0,
  configCount: 0,
  configBytes: 0,
  lastSnapshotAtMs: null,
  countedAtMs: null,
  folderMark: null,
  recountAskedAtMs: null,
  recountBy: null,
} as const;
