import type { ReadConnection, WriteTransaction } from "./tables.ts";

/**
 * Tells every process that accounts, credentials, grants or repositories have changed, once the transaction commits. Called by each
 * write that changed one of them, as its last statement: on PostgreSQL it holds the one row until then.
 */
export async function raiseAccessVersion(tx: WriteTransaction, nowMs: number): Promise<void> {
  await tx
    .updateTable("accessVersion")
    .set((row) => ({ version: row("version", "+", 1), changedAtMs: nowMs }))
    .execute();
}

/** The number as it is now. */
export async function findAccessVersion(db: ReadConnection): Promise<number> {
  const { version } = await db.selectFrom("accessVersion").select("version").executeTakeFirstOrThrow();
  return version;
}
