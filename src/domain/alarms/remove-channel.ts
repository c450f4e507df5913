import type { Actor } from "#model/actor.ts";
import type { AlarmCore } from "./alarm-core.ts";
import { askFor } from "./alarm-work.ts";
import { closeAlarm } from "./close-alarm.ts";
import { channelSubject } from "./route.ts";
import { requireChannel } from "./show-channel.ts";

/** Takes a channel away, with all that waits for it and its log. Throws `not_found`. */
export async function removeChannel(core: AlarmCore, by: Actor, { name }: { readonly name: string }): Promise<void> {
  const id = await core.database.write("removeChannel", { name, nowMs: core.clock(), by });
  await closeAlarm(core, { kind: "delivery", subject: channelSubject(id), outcome: "The channel was removed" });
}

/** Sends nothing there any more, and gives up what waits. Throws `not_found`. */
export async function disableChannel(core: AlarmCore, by: Actor, { name }: { readonly name: string }): Promise<void> {
  const { channel } = await requireChannel(core, name);
  await core.database.write("setChannelDisabled", { name, disabled: true, nowMs: core.clock(), by });
  await closeAlarm(core, { kind: "delivery", subject: channelSubject(channel.id), outcome: "The channel was disabled" });
}

/** Sends alarms there again, those from now on. Throws `not_found`. */
export async function enableChannel(core: AlarmCore, by: Actor, { name }: { readonly name: string }): Promise<void> {
  const { channel } = await requireChannel(core, name);
  await core.database.write("setChannelDisabled", { name, disabled: false, nowMs: core.clock(), by });
  if (channel.digest !== undefined) await askFor(core, "alarms.digest", `${channel.id}`, core.clock());
}
