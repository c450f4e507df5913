import type { AlarmCore } from "./alarm-core.ts";
import { closeAlarm } from "./close-alarm.ts";
import { sendOnce } from "./deliver.ts";
import { testNotice } from "./notices.ts";
import { channelSubject } from "./route.ts";
import { requireChannel } from "./show-channel.ts";

/** How a test went; `reason` is a sentence without secrets. */
export type TestResult = { readonly taken: true } | { readonly taken: false; readonly reason: string };

/** Sends a test to a channel, disabled or not, once and now. Throws `not_found`, and the signal's reason. */
export async function sendTest(core: AlarmCore, { name }: { readonly name: string }, signal: AbortSignal): Promise<TestResult> {
  const sealed = await requireChannel(core, name);
  const { channel } = sealed;
  const notice = testNotice(channel.name, { id: core.alarms.newId(), atMs: core.clock(), url: undefined });
  const failure = await sendOnce(core, sealed, notice, signal);
  await core.database.write("recordTest", { channelId: channel.id, notice, error: failure?.sentence, nowMs: core.clock() });
  if (failure !== undefined) return { taken: false, reason: failure.sentence };
  const outcome = `Channel ${channel.name} takes notices again`;
  await closeAlarm(core, { kind: "delivery", subject: channelSubject(channel.id), outcome });
  return { taken: true };
}
