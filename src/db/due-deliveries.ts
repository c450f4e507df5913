import type { Notice } from "#model/alarm.ts";
import { pageLimit } from "./page-limit.ts";
import type { ReadConnection } from "./tables.ts";

/** A notice that is to be tried now. */
export interface DueDelivery {
  readonly id: number;
  readonly notice: Notice;
  readonly attempts: number;
  /** Undefined: it was never tried. */
  readonly begunAtMs: number | undefined;
}

/** What is due: at or before `nowMs`, and what waits for a time beyond `beyondMs`, which only a wrong clock can have set. */
export interface DueAt {
  readonly channelId: number;
  readonly nowMs: number;
  readonly beyondMs: number;
}

/** What has waited longest for a channel and is due; undefined: nothing. No recovery comes before its alarm has been sent or given up. */
export async function findDueDelivery(db: ReadConnection, { channelId, nowMs, beyondMs }: DueAt): Promise<DueDelivery | undefined> {
  const row = await waitingFor(db, channelId)
    .select(["id", "notice", "attempts", "begunAtMs"])
    .where((column) => column.or([column("nextTryAtMs", "<=", nowMs), column("nextTryAtMs", ">", beyondMs)]))
    .orderBy("nextTryAtMs")
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return { id: row.id, notice: JSON.parse(row.notice) as Notice, attempts: row.attempts, begunAtMs: row.begunAtMs ?? undefined }; // we wrote it
}

/** When the next notice for a channel is due; undefined: nothing waits for it. */
export async function findNextTryMs(db: ReadConnection, channelId: number): Promise<number | undefined> {
  const row = await waitingFor(db, channelId).select("nextTryAtMs").orderBy("nextTryAtMs").limit(1).executeTakeFirst();
  return row?.nextTryAtMs ?? undefined;
}

function waitingFor(db: ReadConnection, channelId: number) {
  return db
    .selectFrom("alarmDelivery")
    .where("channelId", "=", channelId)
    .where("status", "=", "waiting")
    .where("nextTryAtMs", "is not", null) // as all that waits has it: so the log before it in the index is left out
    .where((column) =>
      column.or([
        column("noticeKind", "!=", "recovery"),
        column.not(
          column.exists(
            column
              .selectFrom("alarmDelivery as first")
              .select("first.id")
              .whereRef("first.alarmId", "=", "alarmDelivery.alarmId")
              .where("first.channelId", "=", channelId)
              .where("first.noticeKind", "=", "alarm")
              .where("first.status", "=", "waiting"),
          ),
        ),
      ]),
    );
}

/** When the notices of alarms that were begun after a time were begun, the oldest first; of the newest `limit` of them. */
export async function listBegun(
  db: ReadConnection,
  { channelId, afterMs, limit }: { readonly channelId: number; readonly afterMs: number; readonly limit: number },
): Promise<readonly number[]> {
  const rows = await db
    .selectFrom("alarmDelivery")
    .select("begunAtMs")
    .where("channelId", "=", channelId)
    .where("noticeKind", "in", ["alarm", "recovery"])
    .where("begunAtMs", ">", afterMs)
    .orderBy("begunAtMs", "desc")
    .limit(pageLimit(limit))
    .execute();
  return rows.map(({ begunAtMs }) => begunAtMs ?? 0).reverse();
}

/** Up to `limit` notices of alarms that wait for a channel and were never tried, in the order in which they were made. */
export async function listUntried(
  db: ReadConnection,
  { channelId, limit }: { readonly channelId: number; readonly limit: number },
): Promise<readonly { readonly id: number; readonly title: string }[]> {
  return await db
    .selectFrom("alarmDelivery")
    .select(["id", "title"])
    .where("channelId", "=", channelId)
    .where("status", "=", "waiting")
    .where("alarmId", "is not", null) // no summary: it has the place of others already
    .where("begunAtMs", "is", null)
    .orderBy("id")
    .limit(pageLimit(limit))
    .execute();
}

/** The channels that were told of an alarm, are being told or have it in a summary. */
export async function listToldChannels(db: ReadConnection, alarmId: number): Promise<readonly number[]> {
  const rows = await db
    .selectFrom("alarmDelivery")
    .select("channelId")
    .where("alarmId", "=", alarmId)
    .where("noticeKind", "=", "alarm")
    .where("status", "in", ["waiting", "sent", "folded"])
    .execute();
  return rows.map(({ channelId }) => channelId);
}
