import { foldName } from "#model/account.ts";
import type { Alarm } from "#model/alarm.ts";
import type { AlarmChannel } from "#model/alarm-channel.ts";

/** Subject of the alarm that a channel does not take what it is sent. */
export function channelSubject(channelId: number): string {
  return `channel ${channelId}`;
}

/** Whether an alarm goes to a channel. Pure. That a channel is broken is never told to itself. */
export function goesTo(alarm: Pick<Alarm, "kind" | "subject" | "account">, channel: AlarmChannel): boolean {
  const { id, kinds, accounts, disabledAtMs } = channel;
  if (disabledAtMs !== undefined) return false;
  if (alarm.kind === "delivery" && alarm.subject === channelSubject(id)) return false;
  if (kinds !== undefined && !kinds.includes(alarm.kind)) return false;
  if (accounts === undefined) return true;
  const { account } = alarm;
  return account !== undefined && accounts.some((name) => foldName(name) === foldName(account));
}

/** The channels that get a notice of an alarm, by number. Pure. */
export function routeOf(alarm: Pick<Alarm, "kind" | "subject" | "account">, channels: readonly AlarmChannel[]): readonly number[] {
  return channels.filter((channel) => goesTo(alarm, channel)).map(({ id }) => id);
}
