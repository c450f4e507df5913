import { MOST_CHANNELS } from "#db/alarm-channels.ts";
import { findMutedUntilMs } from "#db/alarm-silences.ts";
import { type AlarmState, findNextPendingMs } from "#db/alarms.ts";
import { listToldChannels } from "#db/due-deliveries.ts";
import type { AlarmChannel } from "#model/alarm-channel.ts";
import type { AlarmCore } from "./alarm-core.ts";
import { stepOf } from "./alarm-step.ts";
import { askForDelivery } from "./alarm-work.ts";
import { alarmNotice, recoveryNotice } from "./notices.ts";
import { routeOf } from "./route.ts";

const AT_ONCE = 200;
const MOST_ROUNDS = 20;

/**
 * Looks at each alarm of which somebody may have to be told: puts notices of new ones on their way, and of those that are over for good.
 * Resolves to when it is to be called again; undefined: when something happens.
 */
export async function tellAlarms(core: AlarmCore, signal: AbortSignal): Promise<number | undefined> {
  const { database, clock, limits } = core;
  const channels = (await database.list("listChannels", { limit: MOST_CHANNELS })).map(({ channel }) => channel);
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const nowMs = clock();
    const pending = await database.list("listPendingAlarms", { nowMs, beyondMs: nowMs + limits.alarmLongestSettleMs, limit: AT_ONCE });
    for (const state of pending) {
      signal.throwIfAborted();
      await takeStep(core, state, channels);
    }
    if (pending.length < AT_ONCE) return await nextLookMs(core);
  }
  return clock();
}

/** Never further off than the longest pause, whatever a wrong clock has noted. */
async function nextLookMs({ database, clock, limits }: AlarmCore): Promise<number | undefined> {
  const nextMs = await findNextPendingMs(database.read);
  return nextMs === undefined ? undefined : Math.min(nextMs, clock() + limits.alarmLongestSettleMs);
}

async function takeStep(core: AlarmCore, state: AlarmState, channels: readonly AlarmChannel[]): Promise<void> {
  const { database, alarms, limits } = core;
  const { alarm, reopenings, pendingAtMs } = state;
  const nowMs = core.clock();
  const mutedUntilMs = await findMutedUntilMs(database.read, { alarmId: alarm.id, subject: alarm.subject, nowMs });
  const bounds = { settleMs: limits.alarmSettleMs, longestSettleMs: limits.alarmLongestSettleMs };
  const step = stepOf(state, mutedUntilMs, nowMs, bounds);
  const frame = () => ({ id: alarms.newId(), atMs: nowMs, url: alarms.alarmUrl(alarm.id) });
  if (step.do === "look") {
    if (pendingAtMs !== undefined) await database.write("postponeAlarm", { id: alarm.id, pendingAtMs, untilMs: step.atMs });
  } else if (step.do === "announce") {
    const channelIds = routeOf(alarm, channels);
    const telling = { notice: alarmNotice(alarm, frame()), channelIds };
    if (await database.write("announceAlarm", { id: alarm.id, telling, nowMs })) await askForDelivery(core, channelIds);
  } else {
    const told = step.recovery ? await listToldChannels(database.read, alarm.id) : [];
    const channelIds = told.filter((id) => channels.some((channel) => channel.id === id && channel.disabledAtMs === undefined));
    const recovery = channelIds.length === 0 ? undefined : { notice: recoveryNotice(alarm, frame()), channelIds };
    const { closedAtMs = nowMs } = alarm;
    if (await database.write("settleAlarm", { id: alarm.id, closedAtMs, reopenings, recovery, nowMs }))
      await askForDelivery(core, channelIds);
  }
}
