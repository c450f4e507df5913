import type { Selectable } from "kysely";
import { HUB } from "#model/actor.ts";
import type { Notice } from "#model/alarm.ts";
import type { AlarmDelivery, DeliveryStatus } from "#model/alarm-delivery.ts";
import type { AlarmDeliveryTable } from "./alarm-tables.ts";
import type { Telling } from "./alarms.ts";
import { recordOperations } from "./operations.ts";
import { pageLimit } from "./page-limit.ts";
import type { ReadConnection, WriteTransaction } from "./tables.ts";

const ERROR_CHARACTERS = 300;

/** Puts a notice on its way to each of the channels; one that is on its way there already is left alone. */
export async function insertDeliveries(tx: WriteTransaction, { notice, channelIds }: Telling, nowMs: number): Promise<void> {
  if (channelIds.length === 0) return;
  const rows = channelIds.map((channelId) => ({ ...waitingRow(notice, channelId, nowMs), nextTryAtMs: nowMs }));
  await tx
    .insertInto("alarmDelivery")
    .values(rows)
    .onConflict((conflict) => conflict.columns(["noticeId", "channelId"]).doNothing())
    .execute();
}

function waitingRow(notice: Notice, channelId: number, nowMs: number) {
  const texts = { noticeId: notice.id, noticeKind: notice.kind, title: notice.title, notice: JSON.stringify(notice) };
  const times = { createdAtMs: nowMs, begunAtMs: null, nextTryAtMs: null, endedAtMs: null };
  return { ...texts, ...times, alarmId: notice.alarm?.id ?? null, channelId, status: "waiting" as const, attempts: 0, lastError: null };
}

export interface BeginDeliveryInput {
  readonly id: number;
  /** How often it had been tried when it was read. */
  readonly attempts: number;
  /** When it is tried again if nobody tells how this try went. */
  readonly nextTryAtMs: number;
  readonly nowMs: number;
}

/** Counts a try before it is made, so that a kill in the middle of it repeats it, and only so often. False when another has begun it. */
export async function beginDelivery(tx: WriteTransaction, { id, attempts, nextTryAtMs, nowMs }: BeginDeliveryInput): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable("alarmDelivery")
    .set((row) => ({ attempts: attempts + 1, nextTryAtMs, begunAtMs: row.fn.coalesce("begunAtMs", row.val(nowMs)) }))
    .where("id", "=", id)
    .where("status", "=", "waiting")
    .where("attempts", "=", attempts)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** How a try went: for good, to be tried again, or not to be tried again. `error` is a sentence without secrets. */
export type DeliveryOutcome =
  | { readonly status: "sent" }
  | { readonly status: "waiting"; readonly nextTryAtMs: number; readonly error: string }
  | { readonly status: "given_up"; readonly error: string };

export interface FinishDeliveryInput {
  readonly id: number;
  /** The number of the try that this is about; the result of an earlier one changes nothing. */
  readonly attempts: number;
  readonly outcome: DeliveryOutcome;
  readonly nowMs: number;
}

/**
 * Notes how a try went. What is given up has its line in the timeline, and takes the recovery of the same alarm with it: nobody is told
 * of an end who was not told of the beginning. False when it was settled otherwise meanwhile.
 */
export async function finishDelivery(tx: WriteTransaction, { id, attempts, outcome, nowMs }: FinishDeliveryInput): Promise<boolean> {
  const { status } = outcome;
  const error = "error" in outcome ? keptError(outcome.error) : null;
  const row = await tx
    .updateTable("alarmDelivery")
    .set({
      status,
      lastError: error,
      nextTryAtMs: status === "waiting" ? outcome.nextTryAtMs : null,
      endedAtMs: status === "waiting" ? null : nowMs,
    })
    .where("id", "=", id)
    .where("status", "=", "waiting")
    .where("attempts", "=", attempts)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return false;
  if (status !== "given_up") return true;
  const channel = await tx.selectFrom("alarmChannel").select("name").where("id", "=", row.channelId).executeTakeFirst();
  const name = channel?.name ?? `${row.channelId}`;
  const summary = `Channel ${name} did not take a notice: ${error}`;
  const details = { channel: name, notice: row.noticeId, title: row.title, alarm: row.alarmId, attempts };
  const line = { actor: HUB, startedAtMs: row.createdAtMs, endedAtMs: nowMs, summary, details };
  await recordOperations(tx, { operations: [{ kind: "notice.undelivered", status: "failed", ...line }] });
  if (row.noticeKind === "alarm" && row.alarmId !== null) {
    await tx
      .updateTable("alarmDelivery")
      .set({ status: "given_up", nextTryAtMs: null, endedAtMs: nowMs, lastError: "Its alarm was not told either" })
      .where("alarmId", "=", row.alarmId)
      .where("channelId", "=", row.channelId)
      .where("noticeKind", "=", "recovery")
      .where("status", "=", "waiting")
      .execute();
  }
  return true;
}

export interface FoldDeliveriesInput {
  readonly channelId: number;
  readonly ids: readonly number[];
  readonly summary: Notice;
  readonly nowMs: number;
}

/** Puts one summary on its way in the place of deliveries that were not tried yet. False, and nothing changed, when there are none any more. */
export async function foldDeliveries(tx: WriteTransaction, { channelId, ids, summary, nowMs }: FoldDeliveriesInput): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable("alarmDelivery")
    .set({ status: "folded", nextTryAtMs: null, endedAtMs: nowMs })
    .where("id", "in", ids)
    .where("channelId", "=", channelId)
    .where("status", "=", "waiting")
    .where("begunAtMs", "is", null)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  await insertDeliveries(tx, { notice: summary, channelIds: [channelId] }, nowMs);
  return true;
}

/** Tries a delivery no earlier than a time, unless it was tried meanwhile. */
export async function delayDelivery(
  tx: WriteTransaction,
  { id, attempts, untilMs }: { readonly id: number; readonly attempts: number; readonly untilMs: number },
): Promise<void> {
  await tx
    .updateTable("alarmDelivery")
    .set({ nextTryAtMs: untilMs })
    .where("id", "=", id)
    .where("status", "=", "waiting")
    .where("attempts", "=", attempts)
    .execute();
}

/** Lets nothing go to a channel before a time that its receiver has asked for. */
export async function postponeDeliveries(
  tx: WriteTransaction,
  { channelId, untilMs }: { readonly channelId: number; readonly untilMs: number },
): Promise<void> {
  await tx
    .updateTable("alarmDelivery")
    .set({ nextTryAtMs: untilMs })
    .where("channelId", "=", channelId)
    .where("status", "=", "waiting")
    .where("nextTryAtMs", "<", untilMs)
    .execute();
}

/** Gives up all that waits for a channel, because a person has switched it off. */
export async function dropDeliveries(
  tx: WriteTransaction,
  { channelId, nowMs }: { readonly channelId: number; readonly nowMs: number },
): Promise<void> {
  await tx
    .updateTable("alarmDelivery")
    .set({ status: "given_up", nextTryAtMs: null, endedAtMs: nowMs, lastError: "The channel was disabled" })
    .where("channelId", "=", channelId)
    .where("status", "=", "waiting")
    .execute();
}

/** Adds the one try of a test to the delivery log. */
export async function recordTest(
  tx: WriteTransaction,
  input: { readonly channelId: number; readonly notice: Notice; readonly error: string | undefined; readonly nowMs: number },
): Promise<void> {
  const { channelId, notice, error, nowMs } = input;
  const ended = { status: error === undefined ? "sent" : "given_up", attempts: 1, begunAtMs: notice.atMs, endedAtMs: nowMs } as const;
  const row = { ...waitingRow(notice, channelId, notice.atMs), ...ended, lastError: error === undefined ? null : keptError(error) };
  await tx.insertInto("alarmDelivery").values(row).execute();
}

/** Takes away up to 500 deliveries that ended before a time, or beyond the newest `most`. Resolves to how many. */
export async function trimDeliveries(
  tx: WriteTransaction,
  { beforeMs, most }: { readonly beforeMs: number; readonly most: number },
): Promise<number> {
  const oldest = await tx.selectFrom("alarmDelivery").select("id").orderBy("id", "desc").offset(most).limit(1).executeTakeFirst();
  const old = await tx
    .selectFrom("alarmDelivery")
    .select("id")
    .where("endedAtMs", "is not", null)
    .where((row) => row.or([row("endedAtMs", "<", beforeMs), row("id", "<=", oldest?.id ?? 0)]))
    .orderBy("id")
    .limit(500)
    .execute();
  if (old.length > 0)
    await tx
      .deleteFrom("alarmDelivery")
      .where(
        "id",
        "in",
        old.map(({ id }) => id),
      )
      .execute();
  return old.length;
}

export interface ListDeliveriesInput {
  readonly channelId?: number | undefined;
  readonly status?: DeliveryStatus | undefined;
  readonly alarmId?: number | undefined;
  /** Only those before this number. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** A page of the delivery log, the newest first. */
export async function listDeliveries(db: ReadConnection, input: ListDeliveriesInput): Promise<readonly AlarmDelivery[]> {
  const { channelId, status, alarmId, before, limit } = input;
  let page = db
    .selectFrom("alarmDelivery")
    .innerJoin("alarmChannel", "alarmChannel.id", "alarmDelivery.channelId")
    .selectAll("alarmDelivery")
    .select("alarmChannel.name as channelName")
    .orderBy("alarmDelivery.id", "desc")
    .limit(pageLimit(limit));
  if (channelId !== undefined) page = page.where("alarmDelivery.channelId", "=", channelId);
  if (status !== undefined) page = page.where("alarmDelivery.status", "=", status);
  if (alarmId !== undefined) page = page.where("alarmDelivery.alarmId", "=", alarmId);
  if (before !== undefined) page = page.where("alarmDelivery.id", "<", before);
  return (await page.execute()).map(deliveryOf);
}

function deliveryOf(row: Selectable<AlarmDeliveryTable> & { readonly channelName: string }): AlarmDelivery {
  const { id, noticeId, noticeKind, title, channelId, channelName, status, attempts, createdAtMs } = row;
  return {
    ...{ id, noticeId, noticeKind, title, channelId, channelName, status, attempts, createdAtMs },
    alarmId: row.alarmId ?? undefined,
    nextTryAtMs: row.nextTryAtMs ?? undefined,
    endedAtMs: row.endedAtMs ?? undefined,
    lastError: row.lastError ?? undefined,
  };
}

function keptError(error: string): string {
  const line = error.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]+/gu, " ").toWellFormed();
  return line.length <= ERROR_CHARACTERS ? line : `${line.slice(0, ERROR_CHARACTERS - 3)}...`.toWellFormed();
}
