import { sql } from "kysely";
import { recordSettingsChange, type SettingsChange } from "./operations.ts";
import type { ReadConnection, WriteTransaction } from "./tables.ts";

export interface AdvanceHubClockInput {
  /** What the monotonic clock of this process has gone on since it last said so. */
  readonly elapsedMs: number;
  /** The wall clock. */
  readonly nowMs: number;
  /** Where time is at least, going by what this process has seen in the row; counts unless the row has been reset since. */
  readonly atLeastMs?: number;
  /** The latest time that this process has seen in the row. */
  readonly seenMs?: number;
  /** Files are about to go into these hours of the trash, or have been found there. */
  readonly hours?: readonly string[];
  /** For hours that are found: only those without a note get one. */
  readonly onlyNew?: boolean;
}

export interface HubClock {
  /** How long the hub has run. */
  readonly runningMs: number;
  /** The latest time that any process has told. */
  readonly wallMs: number;
}

/**
 * Counts how long the hub has run, and keeps the latest time. Never more than that time has gone on since anybody last counted: with many
 * processes time runs once, whichever clock is behind, and a clock that is set back stops it. Resolves to the whole.
 */
export async function advanceHubClock(tx: WriteTransaction, input: AdvanceHubClockInput): Promise<HubClock> {
  const { elapsedMs, nowMs, atLeastMs = nowMs, seenMs = 0, hours = [], onlyNew = false } = input;
  const elapsed = Math.max(0, Math.floor(elapsedMs));
  const latest = Math.floor(Math.max(nowMs, atLeastMs));
  const { runningMs, wallMs } = await tx
    .updateTable("hubClock")
    .set((row) => {
      const told = row.ref("wallMs");
      const present = sql<number>`case when ${told} < ${seenMs} then cast(${Math.floor(nowMs)} as bigint) else cast(${latest} as bigint) end`;
      return {
        runningMs: sql<number>`${row.ref("runningMs")} + case
          when ${present} <= ${told} then 0
          when ${present} - ${told} < ${elapsed} then ${present} - ${told}
          else ${elapsed} end`,
        wallMs: sql<number>`case when ${present} > ${told} then ${present} else ${told} end`,
      };
    })
    .returning(["runningMs", "wallMs"])
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
  return { runningMs, wallMs };
}

/** Forgets that it has once been later than `nowMs`. Resolves to the time that was stored until then. */
export async function resetHubClock(tx: WriteTransaction, input: SettingsChange): Promise<number> {
  const { wallMs } = await findHubClock(tx);
  await tx.updateTable("hubClock").set({ wallMs: input.nowMs }).execute();
  const summary = "The time that ends windows, logins and tokens was set back to the clock's";
  await recordSettingsChange(tx, input, { summary, details: { latestMs: wallMs } });
  return wallMs;
}

/** Forgets hours of which nothing is left in the trash. */
export async function forgetTrashHours(tx: WriteTransaction, { hours }: { readonly hours: readonly string[] }): Promise<void> {
  for (const hour of hours) await tx.deleteFrom("trashHour").where("hour", "=", hour).execute();
}

/** How long the hub has run, and the latest time, as last counted. */
export async function findHubClock(db: ReadConnection): Promise<HubClock> {
  return await db.selectFrom("hubClock").select(["runningMs", "wallMs"]).executeTakeFirstOrThrow();
}

/** How long the hub had run when something last went into each hour of the trash. */
export async function findTrashHours(db: ReadConnection): Promise<ReadonlyMap<string, number>> {
  const rows = await db.selectFrom("trashHour").selectAll().execute();
  return new Map(rows.map(({ hour, usedAtRunningMs }) => [hour, usedAtRunningMs]));
}
