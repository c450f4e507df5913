import type { AlarmCore, AlarmWork } from "./alarm-core.ts";

/** Asks for work. Never throws: what was not asked for is found by the next `catchUpAlarms`. */
export async function askFor(core: AlarmCore, kind: AlarmWork, key: string, dueAtMs: number): Promise<void> {
  try {
    await core.alarms.schedule(kind, key, dueAtMs);
  } catch (error) {
    core.log.warn("work of alarms was not scheduled", { kind, key, error });
  }
}

/** Asks that the notices for these channels are delivered. */
export async function askForDelivery(core: AlarmCore, channelIds: readonly number[]): Promise<void> {
  for (const id of channelIds) await askFor(core, "alarms.deliver", `${id}`, core.clock());
}
