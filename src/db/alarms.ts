import type { Selectable } from "kysely";
import { HUB } from "#model/actor.ts";
import type { Alarm, AlarmKind, Notice } from "#model/alarm.ts";
import { insertDeliveries } from "./alarm-deliveries.ts";
import type { AlarmTable } from "./alarm-tables.ts";
import { recordOperations } from "./operations.ts";
import { pageLimit } from "./page-limit.ts";
import type { ReadConnection, WriteTransaction } from "./tables.ts";

/** An alarm with what has been told of it. */
export interface AlarmState {
  readonly alarm: Alarm;
  /** How often its cause was seen since it was opened. */
  readonly sightings: number;
  /** How often its cause came back before its end was settled. */
  readonly reopenings: number;
  /** Undefined while nobody has been told that it is open. */
  readonly announcedAtMs: number | undefined;
  /** When it is to be looked at, because somebody may have to be told; undefined: nothing is to be told. */
  readonly pendingAtMs: number | undefined;
  /** Closed for good: its cause has stayed away. */
  readonly settled: boolean;
}

export interface OpenAlarmInput {
  readonly kind: AlarmKind;
  readonly subject: string;
  readonly account: string | undefined;
  readonly summary: string;
  readonly nowMs: number;
}

/**
 * Opens an alarm, or notes that the cause of the open one was seen again. One whose end is not settled yet is open again, as if it had
 * never been closed, and people who were told of it are not told again. `opened` is true for a new one alone.
 */
export async function openAlarm(
  tx: WriteTransaction,
  { kind, subject, account, summary, nowMs }: OpenAlarmInput,
): Promise<AlarmState & { readonly opened: boolean }> {
  // Insert or change in one statement: two processes that see the same cause at once open one alarm.
  const row = await tx
    .insertInto("alarm")
    .values({
      kind,
      subject,
      account: account ?? null,
      summary,
      openedAtMs: nowMs,
      seenAtMs: nowMs,
      closedAtMs: null,
      outcome: null,
      openKey: `${kind} ${subject}`,
      sightings: 1,
      reopenings: 0,
      announcedAtMs: null,
      pendingAtMs: nowMs,
    })
    .onConflict((conflict) =>
      conflict.column("openKey").doUpdateSet((row) => ({
        seenAtMs: row.case().when("alarm.seenAtMs", "<", nowMs).then(nowMs).else(row.ref("alarm.seenAtMs")).end(),
        sightings: row("alarm.sightings", "+", 1),
        reopenings: row("alarm.reopenings", "+", row.case().when("alarm.closedAtMs", "is", null).then(0).else(1).end()),
        // What was to be told of its end is void; what was never told of its opening still is to be.
        pendingAtMs: row
          .case()
          .when("alarm.closedAtMs", "is", null)
          .then(row.ref("alarm.pendingAtMs"))
          .when("alarm.announcedAtMs", "is", null)
          .then(nowMs)
          .else(null)
          .end(),
        closedAtMs: null,
        outcome: null,
      })),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
  const opened = row.sightings === 1;
  if (opened) {
    const line = { account, summary, details: { alarm: row.id, alarmKind: kind, subject } };
    const times = { startedAtMs: nowMs, endedAtMs: nowMs };
    await recordOperations(tx, { operations: [{ kind: "alarm.opened", status: "warning", actor: HUB, ...times, ...line }] });
  }
  return { ...stateOf(row), opened };
}

export interface CloseAlarmInput {
  readonly kind: AlarmKind;
  readonly subject: string;
  /** Why it is over, as a sentence. */
  readonly outcome: string;
  readonly nowMs: number;
}

/** Closes the open alarm of that kind and subject; its end is settled later, by `settleAlarm`. Undefined when none is open. */
export async function closeAlarm(
  tx: WriteTransaction,
  { kind, subject, outcome, nowMs }: CloseAlarmInput,
): Promise<AlarmState | undefined> {
  const row = await tx
    .updateTable("alarm")
    .set({ closedAtMs: nowMs, outcome, pendingAtMs: nowMs })
    .where("openKey", "=", `${kind} ${subject}`)
    .where("closedAtMs", "is", null)
    .returningAll()
    .executeTakeFirst();
  return row === undefined ? undefined : stateOf(row);
}

/** A notice and where it goes. */
export interface Telling {
  readonly notice: Notice;
  readonly channelIds: readonly number[];
}

/** Notes that people are told of an open alarm, and puts the notice on its way. False when they have been told, or it is over. */
export async function announceAlarm(
  tx: WriteTransaction,
  { id, telling, nowMs }: { readonly id: number; readonly telling: Telling; readonly nowMs: number },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable("alarm")
    .set({ announcedAtMs: nowMs, pendingAtMs: null })
    .where("id", "=", id)
    .where("announcedAtMs", "is", null)
    .where("closedAtMs", "is", null)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  await insertDeliveries(tx, telling, nowMs);
  return true;
}

export interface SettleAlarmInput {
  readonly id: number;
  /** As they were when it was decided; one that came back meanwhile is not settled. */
  readonly closedAtMs: number;
  readonly reopenings: number;
  readonly recovery: Telling | undefined;
  readonly nowMs: number;
}

/** The end of a closed alarm is certain: puts the recovery on its way; the next sighting opens another alarm. False when it is open again. */
export async function settleAlarm(
  tx: WriteTransaction,
  { id, closedAtMs, reopenings, recovery, nowMs }: SettleAlarmInput,
): Promise<boolean> {
  const row = await tx
    .updateTable("alarm")
    .set({ openKey: null, pendingAtMs: null })
    .where("id", "=", id)
    .where("openKey", "is not", null)
    .where("closedAtMs", "=", closedAtMs)
    .where("reopenings", "=", reopenings)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return false;
  const details = { alarm: id, alarmKind: row.kind, subject: row.subject, sightings: row.sightings, reopenings };
  const line = { account: row.account ?? undefined, summary: row.outcome ?? row.summary, details };
  const times = { startedAtMs: row.openedAtMs, endedAtMs: closedAtMs };
  await recordOperations(tx, { operations: [{ kind: "alarm.closed", status: "succeeded", actor: HUB, ...times, ...line }] });
  if (recovery !== undefined) await insertDeliveries(tx, recovery, nowMs);
  return true;
}

/** Looks at an alarm again at another time, unless something has happened to it since it was read. */
export async function postponeAlarm(
  tx: WriteTransaction,
  { id, pendingAtMs, untilMs }: { readonly id: number; readonly pendingAtMs: number; readonly untilMs: number },
): Promise<void> {
  await tx.updateTable("alarm").set({ pendingAtMs: untilMs }).where("id", "=", id).where("pendingAtMs", "=", pendingAtMs).execute();
}

/** Takes away up to 500 alarms that were settled before a time, with their silences. Resolves to how many. */
export async function trimAlarms(tx: WriteTransaction, { beforeMs }: { readonly beforeMs: number }): Promise<number> {
  const old = await tx
    .selectFrom("alarm")
    .select("id")
    .where("closedAtMs", "<", beforeMs)
    .where("openKey", "is", null)
    .limit(500)
    .execute();
  if (old.length === 0) return 0;
  const ids = old.map(({ id }) => id);
  await tx.deleteFrom("alarmSilence").where("alarmId", "in", ids).execute();
  await tx.deleteFrom("alarm").where("id", "in", ids).execute();
  return ids.length;
}

/** The alarm of that number; undefined when there is none. */
export async function findAlarm(db: ReadConnection, id: number): Promise<AlarmState | undefined> {
  const row = await db.selectFrom("alarm").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? undefined : stateOf(row);
}

/** When the next alarm is to be looked at; undefined: none. */
export async function findNextPendingMs(db: ReadConnection): Promise<number | undefined> {
  const row = await db
    .selectFrom("alarm")
    .select("pendingAtMs")
    .where("pendingAtMs", "is not", null)
    .orderBy("pendingAtMs")
    .limit(1)
    .executeTakeFirst();
  return row?.pendingAtMs ?? undefined;
}

/** Up to `limit` alarms that are to be looked at, those that wait longest first; also such as wait for a time further off than `beyondMs`. */
export async function listPendingAlarms(
  db: ReadConnection,
  { nowMs, beyondMs, limit }: { readonly nowMs: number; readonly beyondMs: number; readonly limit: number },
): Promise<readonly AlarmState[]> {
  const rows = await db
    .selectFrom("alarm")
    .selectAll()
    .where((row) => row.or([row("pendingAtMs", "<=", nowMs), row("pendingAtMs", ">", beyondMs)]))
    .orderBy("pendingAtMs")
    .orderBy("id")
    .limit(pageLimit(limit))
    .execute();
  return rows.map(stateOf);
}

export interface ListAlarmsInput {
  readonly open?: boolean | undefined;
  readonly kind?: AlarmKind | undefined;
  readonly subject?: string | undefined;
  /** Only those that concern one of these accounts. */
  readonly accounts?: readonly string[] | undefined;
  /** Only those opened then or later, or closed then or later. */
  readonly openedFromMs?: number | undefined;
  readonly closedFromMs?: number | undefined;
  /** Only those before this number. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** A page of alarms, the newest first. */
export async function listAlarms(db: ReadConnection, input: ListAlarmsInput): Promise<readonly AlarmState[]> {
  const { open, kind, subject, accounts, openedFromMs, closedFromMs, before, limit } = input;
  let page = db.selectFrom("alarm").selectAll().orderBy("id", "desc").limit(pageLimit(limit));
  if (open !== undefined) page = page.where("closedAtMs", open ? "is" : "is not", null);
  if (kind !== undefined) page = page.where("kind", "=", kind);
  if (subject !== undefined) page = page.where("subject", "=", subject);
  if (accounts !== undefined) page = accounts.length === 0 ? page.where("id", "<", 0) : page.where("account", "in", accounts);
  if (openedFromMs !== undefined) page = page.where("openedAtMs", ">=", openedFromMs);
  if (closedFromMs !== undefined) page = page.where("closedAtMs", ">=", closedFromMs);
  if (before !== undefined) page = page.where("id", "<", before);
  return (await page.execute()).map(stateOf);
}

function stateOf(row: Selectable<AlarmTable>): AlarmState {
  const { id, kind, subject, summary, openedAtMs, seenAtMs, sightings, reopenings } = row;
  const ending = { closedAtMs: row.closedAtMs ?? undefined, outcome: row.outcome ?? undefined };
  return {
    alarm: { id, kind, subject, account: row.account ?? undefined, summary, openedAtMs, seenAtMs, ...ending },
    sightings,
    reopenings,
    announcedAtMs: row.announcedAtMs ?? undefined,
    pendingAtMs: row.pendingAtMs ?? undefined,
    settled: row.openKey === null,
  };
}
