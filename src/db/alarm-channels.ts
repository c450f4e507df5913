import type { Selectable } from "kysely";
import { foldName } from "#model/account.ts";
import { ALARM_KINDS, type ChannelKind, type Notice } from "#model/alarm.ts";
import type { AlarmChannel, ChannelRoute, DigestTime } from "#model/alarm-channel.ts";
import { HubError } from "#model/hub-error.ts";
import { dropDeliveries, insertDeliveries } from "./alarm-deliveries.ts";
import type { AlarmChannelTable } from "./alarm-tables.ts";
import { recordSettingsChange, type SettingsChange } from "./operations.ts";
import { pageLimit } from "./page-limit.ts";
import { shown } from "./shown.ts";
import type { ReadConnection, WriteTransaction } from "./tables.ts";

/** How many channels there may be: each alarm looks at all of them. */
export const MOST_CHANNELS = 100;

/** A channel with its settings as they lie in the database. */
export interface SealedChannel {
  readonly channel: AlarmChannel;
  readonly sealedSettings: string;
  /** Binds the sealed settings to this channel. */
  readonly sealKey: string;
  /** The last day, `2026-11-22`, whose digest was made; undefined: none was. */
  readonly digestDay: string | undefined;
}

export interface AddChannelInput extends SettingsChange, ChannelRoute {
  readonly name: string;
  readonly kind: ChannelKind;
  readonly sealKey: string;
  readonly sealedSettings: string;
  readonly digest: DigestTime | undefined;
  /** The day that needs no digest any more. */
  readonly digestDay: string | undefined;
}

/** Throws `already_exists` when another channel has the name, `invalid_input` when there are too many. */
export async function addChannel(tx: WriteTransaction, input: AddChannelInput): Promise<SealedChannel> {
  const { name, kind, sealKey, sealedSettings, nowMs } = input;
  const { count } = await tx
    .selectFrom("alarmChannel")
    .select((select) => select.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  if (Number(count) >= MOST_CHANNELS)
    throw new HubError("invalid_input", `There are ${MOST_CHANNELS} channels, which is as many as there may be`);
  const fields = { kind, sealKey, sealedSettings, createdAtMs: nowMs, disabledAtMs: null, ...columnsOf(input) };
  const row = await tx
    .insertInto("alarmChannel")
    .values({ name, nameFolded: foldName(name), ...fields })
    .onConflict((conflict) => conflict.column("nameFolded").doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) throw new HubError("already_exists", `There is a channel called ${shown(name)} already`);
  await recordSettingsChange(tx, input, { summary: `Alarm channel ${name} (${kind}) was added` });
  return channelOf(row);
}

/** A change of the channel of that name, compared folded. */
export interface ChannelChange extends SettingsChange {
  readonly name: string;
}

export interface ChangeChannelInput extends ChannelChange, ChannelRoute {
  readonly sealedSettings: string;
  /** The sealed settings that these were made from; another change between makes this one `changed`. */
  readonly formerSettings: string;
  readonly digest: DigestTime | undefined;
  readonly digestDay: string | undefined;
}

/** Gives a channel other settings, another route or another digest. Throws `not_found`, and `changed` when somebody else was quicker. */
export async function changeChannel(tx: WriteTransaction, input: ChangeChannelInput): Promise<SealedChannel> {
  const row = await tx
    .updateTable("alarmChannel")
    .set({ sealedSettings: input.sealedSettings, ...columnsOf(input) })
    .where("nameFolded", "=", foldName(input.name))
    .where("sealedSettings", "=", input.formerSettings)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) {
    await requireChannel(tx, input.name);
    throw new HubError("changed", `Somebody else is changing the channel ${shown(input.name)}`);
  }
  await recordSettingsChange(tx, input, { summary: `Alarm channel ${row.name} was changed` });
  return channelOf(row);
}

/** Switches a channel off or on again; what waits for one that is switched off is given up. Throws `not_found`. */
export async function setChannelDisabled(tx: WriteTransaction, change: ChannelChange & { readonly disabled: boolean }): Promise<void> {
  const { disabled, nowMs } = change;
  const row = await tx
    .updateTable("alarmChannel")
    .set({ disabledAtMs: disabled ? nowMs : null })
    .where("nameFolded", "=", foldName(change.name))
    .where("disabledAtMs", disabled ? "is" : "is not", null)
    .returning(["id", "name"])
    .executeTakeFirst();
  if (row === undefined) return await requireChannel(tx, change.name); // it is as it should be, or it is not there
  if (disabled) await dropDeliveries(tx, { channelId: row.id, nowMs });
  await recordSettingsChange(tx, change, { summary: `Alarm channel ${row.name} was ${disabled ? "disabled" : "enabled"}` });
}

/** Takes a channel away, with all that waits for it and its log. Resolves to its number. Throws `not_found`. */
export async function removeChannel(tx: WriteTransaction, change: ChannelChange): Promise<number> {
  const row = await tx
    .deleteFrom("alarmChannel")
    .where("nameFolded", "=", foldName(change.name))
    .returning(["id", "name"])
    .executeTakeFirst();
  if (row === undefined) throw unknownChannel(change.name);
  await tx.deleteFrom("alarmDelivery").where("channelId", "=", row.id).execute();
  await recordSettingsChange(tx, change, { summary: `Alarm channel ${row.name} was removed` });
  return row.id;
}

export interface AddDigestInput {
  readonly channelId: number;
  /** Whose digest it is, as the channel's clocks have it: `2026-11-22`. */
  readonly day: string;
  /** A noted day behind this one was written by a clock that was wrong, and does not count. */
  readonly lastCredibleDay: string;
  readonly notice: Notice;
  readonly nowMs: number;
}

/** Puts a day's digest on its way. False when that day has had one, or the channel wants none any more. */
export async function addDigest(tx: WriteTransaction, input: AddDigestInput): Promise<boolean> {
  const { channelId, day, lastCredibleDay, notice, nowMs } = input;
  const { numUpdatedRows } = await tx
    .updateTable("alarmChannel")
    .set({ digestDay: day })
    .where("id", "=", channelId)
    .where("digestHour", "is not", null)
    .where("disabledAtMs", "is", null)
    .where((row) => row.or([row("digestDay", "is", null), row("digestDay", "<", day), row("digestDay", ">", lastCredibleDay)]))
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  await insertDeliveries(tx, { notice, channelIds: [channelId] }, nowMs);
  return true;
}

/** The channel of that name, in use or not; undefined when there is none. */
export async function findChannel(db: ReadConnection, name: string): Promise<SealedChannel | undefined> {
  if (name.includes("\0")) return undefined; // PostgreSQL refuses the character, and no name has it
  const row = await db.selectFrom("alarmChannel").selectAll().where("nameFolded", "=", foldName(name)).executeTakeFirst();
  return row === undefined ? undefined : channelOf(row);
}

/** The channel of that number, in use or not; undefined when there is none. */
export async function findChannelById(db: ReadConnection, id: number): Promise<SealedChannel | undefined> {
  const row = await db.selectFrom("alarmChannel").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? undefined : channelOf(row);
}

/** Up to `limit` channels in the order of their folded names, those behind the one called `after`. */
export async function listChannels(
  db: ReadConnection,
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
): Promise<readonly SealedChannel[]> {
  const page = db.selectFrom("alarmChannel").selectAll().orderBy("nameFolded").limit(pageLimit(limit));
  const rows = await (after === undefined ? page : page.where("nameFolded", ">", foldName(after))).execute();
  return rows.map(channelOf);
}

async function requireChannel(tx: WriteTransaction, name: string): Promise<void> {
  if ((await findChannel(tx, name)) === undefined) throw unknownChannel(name);
}

function unknownChannel(name: string): HubError {
  return new HubError("not_found", `There is no channel called ${shown(name)}`);
}

function columnsOf({ kinds, accounts, digest, digestDay }: ChannelRoute & Pick<AddChannelInput, "digest" | "digestDay">) {
  return {
    kinds: kinds?.join(",") ?? null,
    accounts: accounts?.join(",") ?? null, // no account has a comma in its name
    digestHour: digest?.hour ?? null,
    digestZone: digest?.zone ?? null,
    digestDay: digestDay ?? null,
  };
}

function channelOf(row: Selectable<AlarmChannelTable>): SealedChannel {
  const { id, name, kind, digestHour, digestZone, createdAtMs, sealedSettings, sealKey } = row;
  const words = row.kinds?.split(",");
  const channel = {
    ...{ id, name, kind, createdAtMs },
    // A kind that this version does not know is never opened by it.
    kinds: words === undefined ? undefined : ALARM_KINDS.filter((alarmKind) => words.includes(alarmKind)),
    accounts: row.accounts === null ? undefined : row.accounts.split(",").filter((account) => account !== ""),
    digest: digestHour === null || digestZone === null ? undefined : { hour: digestHour, zone: digestZone },
    disabledAtMs: row.disabledAtMs ?? undefined,
  };
  return { channel, sealedSettings, sealKey, digestDay: row.digestDay ?? undefined };
}
