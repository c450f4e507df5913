import { findChannelById } from "#db/alarm-channels.ts";
import { PAGE_ROWS } from "#db/page-limit.ts";
import type { Alarm } from "#model/alarm.ts";
import type { AlarmChannel } from "#model/alarm-channel.ts";
import type { AlarmCore } from "./alarm-core.ts";
import { askForDelivery } from "./alarm-work.ts";
import { digestNotice } from "./digest.ts";
import { digestDue } from "./digest-time.ts";
import { goesTo } from "./route.ts";

const DAY_MS = 24 * 3_600_000;

/**
 * Puts the day's digest for a channel on its way when its hour has come: one a day, however often and by however many processes it is
 * called. Resolves to when it is to be called again; undefined: the channel gets none.
 */
export async function sendDigest(core: AlarmCore, channelId: number, signal: AbortSignal): Promise<number | undefined> {
  const { database, clock, alarms } = core;
  const found = await findChannelById(database.read, channelId);
  if (found?.channel.digest === undefined || found.channel.disabledAtMs !== undefined) return undefined;
  const { channel, digestDay } = found;
  const { digest } = found.channel;
  const nowMs = clock();
  const due = digestDue(digest, digestDay, nowMs);
  if (!due.due) return due.nextAtMs;
  const { day, lastCredibleDay } = due;
  const lines = await alarms.digestLines(channel.accounts, signal);
  const open = await alarmsOf(core, channel, { open: true });
  const closed = await alarmsOf(core, channel, { open: false, closedFromMs: nowMs - DAY_MS });
  const notice = digestNotice({ day, lines, open, closed }, { id: alarms.newId(), atMs: nowMs, url: undefined });
  if (await database.write("addDigest", { channelId, day, lastCredibleDay, notice, nowMs })) await askForDelivery(core, [channelId]);
  const next = digestDue(digest, day, nowMs);
  return next.due ? nowMs : next.nextAtMs;
}

/** The newest alarms that go to this channel. */
async function alarmsOf(
  { database }: AlarmCore,
  channel: AlarmChannel,
  which: { readonly open: boolean; readonly closedFromMs?: number },
): Promise<readonly Alarm[]> {
  const states = await database.list("listAlarms", { ...which, limit: PAGE_ROWS });
  return states.map(({ alarm }) => alarm).filter((alarm) => goesTo(alarm, channel));
}
