import type { Selectable } from "kysely";
import type { AlarmSilence, SilenceTarget } from "#model/alarm-silence.ts";
import { HubError } from "#model/hub-error.ts";
import type { AlarmSilenceTable } from "./alarm-tables.ts";
import { recordSettingsChange, type SettingsChange } from "./operations.ts";
import { pageLimit } from "./page-limit.ts";
import { shown } from "./shown.ts";
import type { ReadConnection, WriteTransaction } from "./tables.ts";

const MOST_SILENCES = 1000;

export interface AddSilenceInput extends SettingsChange {
  readonly target: SilenceTarget;
  readonly untilMs: number;
  readonly reason: string;
}

/** Mutes an alarm or a subject. Throws `not_found` when there is no such alarm, `invalid_input` when there are too many silences. */
export async function addSilence(tx: WriteTransaction, input: AddSilenceInput): Promise<AlarmSilence> {
  const { target, untilMs, reason, nowMs } = input;
  const { count } = await tx
    .selectFrom("alarmSilence")
    .select((select) => select.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  if (Number(count) >= MOST_SILENCES) throw new HubError("invalid_input", `There are ${MOST_SILENCES} silences; lift one that is over`);
  if (target.kind === "alarm") {
    const alarm = await tx.selectFrom("alarm").select("id").where("id", "=", target.alarmId).executeTakeFirst();
    if (alarm === undefined) throw new HubError("not_found", `There is no alarm ${shown(`${target.alarmId}`)}`);
  }
  const columns = target.kind === "alarm" ? { alarmId: target.alarmId, subject: null } : { alarmId: null, subject: target.subject };
  const row = await tx
    .insertInto("alarmSilence")
    .values({ ...columns, untilMs, reason, createdAtMs: nowMs })
    .returningAll()
    .executeTakeFirstOrThrow();
  await recordSettingsChange(tx, input, lineOf(row, `is muted until ${new Date(untilMs).toISOString()}: ${reason}`));
  return silenceOf(row);
}

/** Lifts a silence, over or not; what was not told because of it is looked at again at once. Throws `not_found`. */
export async function removeSilence(tx: WriteTransaction, input: SettingsChange & { readonly id: number }): Promise<AlarmSilence> {
  const row = await tx.deleteFrom("alarmSilence").where("id", "=", input.id).returningAll().executeTakeFirst();
  if (row === undefined) throw new HubError("not_found", `There is no silence ${shown(`${input.id}`)}`);
  const pending = tx.updateTable("alarm").set({ pendingAtMs: input.nowMs }).where("pendingAtMs", ">", input.nowMs);
  const { alarmId, subject } = row;
  if (alarmId !== null) await pending.where("id", "=", alarmId).execute();
  if (subject !== null) await pending.where("subject", "=", subject).execute();
  await recordSettingsChange(tx, input, lineOf(row, "is not muted any more"));
  return silenceOf(row);
}

/** Takes away up to 500 silences that ended before a time. Resolves to how many. */
export async function trimSilences(tx: WriteTransaction, { beforeMs }: { readonly beforeMs: number }): Promise<number> {
  const old = await tx.selectFrom("alarmSilence").select("id").where("untilMs", "<", beforeMs).limit(500).execute();
  if (old.length > 0)
    await tx
      .deleteFrom("alarmSilence")
      .where(
        "id",
        "in",
        old.map(({ id }) => id),
      )
      .execute();
  return old.length;
}

/** When the last silence ends that holds for this alarm; undefined when none does. */
export async function findMutedUntilMs(
  db: ReadConnection,
  { alarmId, subject, nowMs }: { readonly alarmId: number; readonly subject: string; readonly nowMs: number },
): Promise<number | undefined> {
  const row = await db
    .selectFrom("alarmSilence")
    .select("untilMs")
    .where((column) => column.or([column("alarmId", "=", alarmId), column("subject", "=", subject)]))
    .where("untilMs", ">", nowMs)
    .orderBy("untilMs", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.untilMs;
}

/** A page of silences by their numbers, over or not. */
export async function listSilences(
  db: ReadConnection,
  { after = 0, limit }: { readonly after?: number | undefined; readonly limit: number },
): Promise<readonly AlarmSilence[]> {
  const rows = await db.selectFrom("alarmSilence").selectAll().where("id", ">", after).orderBy("id").limit(pageLimit(limit)).execute();
  return rows.map(silenceOf);
}

function silenceOf({ id, alarmId, subject, untilMs, reason, createdAtMs }: Selectable<AlarmSilenceTable>): AlarmSilence {
  const target: SilenceTarget = alarmId === null ? { kind: "subject", subject: subject ?? "" } : { kind: "alarm", alarmId };
  return { id, target, untilMs, reason, createdAtMs };
}

function lineOf({ id, alarmId, subject, untilMs }: Selectable<AlarmSilenceTable>, what: string) {
  const who = alarmId === null ? `All about ${subject}` : `Alarm ${alarmId}`;
  return { summary: `${who} ${what}`, details: { silence: id, alarm: alarmId, subject, untilMs } };
}
