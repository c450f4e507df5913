import { findChannelById, type SealedChannel } from "#db/alarm-channels.ts";
import { type DueDelivery, findDueDelivery, findNextTryMs, listBegun } from "#db/due-deliveries.ts";
import { untilAborted } from "#lib/until-aborted.ts";
import type { Notice } from "#model/alarm.ts";
import type { AlarmCore } from "./alarm-core.ts";
import { closeAlarm } from "./close-alarm.ts";
import { summaryNotice } from "./notices.ts";
import { openAlarm } from "./open-alarm.ts";
import { paceOf, tryPauseMs } from "./pace.ts";
import { channelSubject } from "./route.ts";
import { readSendFailure, type SendFailure, traceOf } from "./send-failure.ts";
import { settingsOf } from "./show-channel.ts";

const HOUR_MS = 3_600_000;
const AT_ONCE = 50;
const MOST_FOLDED = 500;

/**
 * Tries what is due for a channel, one notice after the other, each at least once: a kill between the receiver's yes and ours sends it
 * again, with the same id. Only one process may run it for a channel at a time. Resolves to when it is to be called again; undefined:
 * when there is something new.
 */
export async function deliver(core: AlarmCore, channelId: number, signal: AbortSignal): Promise<number | undefined> {
  const { database, clock, limits } = core;
  for (let tries = 0; tries < AT_ONCE; tries += 1) {
    signal.throwIfAborted();
    const channel = await findChannelById(database.read, channelId);
    if (channel === undefined || channel.channel.disabledAtMs !== undefined) {
      await database.write("dropDeliveries", { channelId, nowMs: clock() }); // what was put on its way while it was switched off
      return undefined;
    }
    const nowMs = clock();
    const due = await findDueDelivery(database.read, { channelId, nowMs, beyondMs: nowMs + limits.noticeLongestPauseMs });
    if (due === undefined) {
      const nextMs = await findNextTryMs(database.read, channelId);
      return nextMs === undefined ? undefined : Math.min(nextMs, nowMs + limits.noticeLongestPauseMs);
    }
    if (await holdBack(core, channelId, due)) continue;
    await tryOnce(core, channel, due, signal);
  }
  return clock();
}

/** True when the notice does not go now: it waits, or a summary takes its place. */
async function holdBack(core: AlarmCore, channelId: number, { id, notice, attempts, begunAtMs }: DueDelivery): Promise<boolean> {
  const isSummary = notice.kind === "alarm" && notice.alarm === undefined;
  if (begunAtMs !== undefined || isSummary || (notice.kind !== "alarm" && notice.kind !== "recovery")) return false;
  const { database, clock, limits, alarms } = core;
  const nowMs = clock();
  const begun = await listBegun(database.read, { channelId, afterMs: nowMs - HOUR_MS, limit: limits.noticesPerHour });
  const untried = await database.list("listUntried", { channelId, limit: MOST_FOLDED });
  const pace = paceOf({ begunAtMs: begun, untried: untried.length, nowMs, mostPerHour: limits.noticesPerHour });
  if (pace.do === "send") return false;
  if (pace.do === "wait") {
    await database.write("delayDelivery", { id, attempts, untilMs: pace.untilMs });
    return true;
  }
  const summary = summaryNotice(
    untried.map(({ title }) => title),
    { id: alarms.newId(), atMs: nowMs, url: undefined },
  );
  await database.write("foldDeliveries", { channelId, ids: untried.map((delivery) => delivery.id), summary, nowMs });
  return true;
}

async function tryOnce(core: AlarmCore, channel: SealedChannel, { id, notice, attempts }: DueDelivery, signal: AbortSignal): Promise<void> {
  const { database, clock, limits } = core;
  const channelId = channel.channel.id;
  const bounds = { pauseMs: limits.noticePauseMs, longestPauseMs: limits.noticeLongestPauseMs, mostTries: limits.noticeTries };
  const tried = attempts + 1;
  const againMs = tryPauseMs(tried, undefined, bounds);
  // When a kill ends the last try there is one more, so that somebody hears of its end.
  const nextTryAtMs = clock() + (againMs ?? limits.noticeLongestPauseMs);
  if (!(await database.write("beginDelivery", { id, attempts, nextTryAtMs, nowMs: clock() }))) return;
  const failure = await sendOnce(core, channel, notice, signal);
  const nowMs = clock();
  const of = { id, attempts: tried, nowMs };
  if (failure === undefined) {
    await database.write("finishDelivery", { ...of, outcome: { status: "sent" } });
    await closeAlarm(core, {
      kind: "delivery",
      subject: channelSubject(channelId),
      outcome: `Channel ${channel.channel.name} takes notices again`,
    });
    return;
  }
  const { retry, pauseMs: askedMs, sentence: error } = failure;
  const pauseMs = retry ? tryPauseMs(tried, askedMs, bounds) : undefined;
  if (pauseMs !== undefined) {
    await database.write("finishDelivery", { ...of, outcome: { status: "waiting", nextTryAtMs: nowMs + pauseMs, error } });
    // What a receiver asks for is meant for all that goes there.
    if (askedMs !== undefined) {
      await database.write("postponeDeliveries", { channelId, untilMs: nowMs + Math.min(askedMs, limits.noticeLongestPauseMs) });
    }
    return;
  }
  await database.write("finishDelivery", { ...of, outcome: { status: "given_up", error } });
  await openAlarm(core, {
    kind: "delivery",
    subject: channelSubject(channelId),
    summary: `Channel ${channel.channel.name} did not take a notice: ${error}`,
  });
}

/** One try within its deadline; undefined when the receiver has taken it. Throws when `signal` ends it: that is nobody's failure. */
export async function sendOnce(
  core: AlarmCore,
  channel: SealedChannel,
  notice: Notice,
  signal: AbortSignal,
): Promise<SendFailure | undefined> {
  const { name, kind } = channel.channel;
  const way = core.alarms.ways[kind];
  const settings = settingsOf(core, channel);
  if (settings === undefined) {
    return { retry: true, pauseMs: undefined, sentence: "Its settings were sealed with another master key; set them again" };
  }
  try {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(core.limits.noticeTimeoutMs)]);
    // A channel that does not listen to the signal holds up nobody for longer.
    await untilAborted(way.send(notice, settings, { signal: deadline }), deadline);
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    const failure = readSendFailure(error, settings, way);
    core.log.warn("a notice was not taken", { channel: name, kind, notice: notice.id, reason: failure.sentence, ...traceOf(error) });
    return failure;
  }
}
