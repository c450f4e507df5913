import { MOST_CHANNELS } from "#db/alarm-channels.ts";
import type { AlarmCore } from "./alarm-core.ts";
import { askFor } from "./alarm-work.ts";

const HOUR_MS = 3_600_000;
const MOST_ROUNDS = 20;

/**
 * Asks for all work that alarms can have, for what a kill has kept from being asked, and lets go of what is too old. To be called at the
 * start; resolves to when it is to be called again.
 */
export async function catchUpAlarms(core: AlarmCore, signal: AbortSignal): Promise<number> {
  const { database, clock, limits } = core;
  const nowMs = clock();
  await askFor(core, "alarms.tell", "all", nowMs);
  for (const { channel } of await database.list("listChannels", { limit: MOST_CHANNELS })) {
    await askFor(core, "alarms.deliver", `${channel.id}`, nowMs);
    if (channel.digest !== undefined) await askFor(core, "alarms.digest", `${channel.id}`, nowMs);
  }
  await repeated(signal, () => database.write("trimDeliveries", { beforeMs: nowMs - limits.noticeAgeMs, most: limits.noticeRows }));
  await repeated(signal, () => database.write("trimAlarms", { beforeMs: nowMs - limits.alarmAgeMs }));
  await repeated(signal, () => database.write("trimSilences", { beforeMs: nowMs - limits.noticeAgeMs }));
  return nowMs + HOUR_MS;
}

async function repeated(signal: AbortSignal, trim: () => Promise<number>): Promise<void> {
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    signal.throwIfAborted();
    if ((await trim()) === 0) return;
  }
}
