import { sql } from "kysely";
import type { ReadConnection, WriteTransaction } from "./tables.ts";

export interface AdvanceHubClockInput {
  /** What the monotonic clock of this process has gone on since it last said so. */
  readonly elapsedMs: number;
  /** The wall clock. */
  readonly nowMs: number;
  /** Files are about to go into these hours of the trash, or have been found there. */
  readonly hours?: readonly string[];
  /** For hours that are found: only those without a note get one. */
  readonly onlyNew?: boolean;
}

/**
 * Counts how long the hub has run. Never more than the wall clock has gone on since anybody last counted: with many processes time
 * runs once, and a clock that is set back stops it. Resolves to the whole.
 */
export async function advanceHubClock(tx: WriteTransaction, input: AdvanceHubClockInput): Promise<{ readonly runningMs: number }> {
  const { elapsedMs, nowMs, hours = [], onlyNew = false } = input;
  const elapsed = Math.max(0, Math.floor(elapsedMs));
  const { runningMs } = await tx
    .updateTable("hubClock")
    .set((row) => ({
      runningMs: sql<number>`${row.ref("runningMs")} + case
        when ${nowMs} <= ${row.ref("wallMs")} then 0
        when ${nowMs} - ${row.ref("wallMs")} < ${elapsed} then ${nowMs} - ${row.ref("wallMs")}
        else ${elapsed} end`,
      wallMs: nowMs,
    }))
    .returning("runningMs")
    .executeTakeFirstOrThrow();
  for (const hour of hours) {
    await tx
      .insertInto("trashHour")
      .values({ hour, usedAtRunningMs: runningMs })
      .onConflict((conflict) =>
        onlyNew ? conflict.column("hour").doNothing() : conflict.column("hour").doUpdateSet({ usedAtRunningMs: runningMs }),
      )
      .execute();
  }
  return { runningMs };
}

/** Forgets hours of which nothing is left in the trash. */
export async function forgetTrashHours(tx: WriteTransaction, { hours }: { readonly hours: readonly string[] }): Promise<void> {
  for (const hour of hours) await tx.deleteFrom("trashHour").where("hour", "=", hour).execute();
}

/** How long the hub has run, as last counted. */
export async function findRunningMs(db: ReadConnection): Promise<number> {
  return (await db.selectFrom("hubClock").select("runningMs").executeTakeFirstOrThrow()).runningMs;
}

/** How long the hub had run when something last went into each hour of the trash. */
export async function findTrashHours(db: ReadConnection): Promise<ReadonlyMap<string, number>> {
  const rows = await db.selectFrom("trashHour").selectAll().execute();
  return new Map(rows.map(({ hour, usedAtRunningMs }) => [hour, usedAtRunningMs]));
}
