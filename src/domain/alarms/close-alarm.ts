import type { Alarm, AlarmKind } from "#model/alarm.ts";
import type { AlarmCore } from "./alarm-core.ts";
import { askFor } from "./alarm-work.ts";
import { readSubject, sentenceOf } from "./open-alarm.ts";

/**
 * The cause of an alarm is gone. People who were told of it hear so once it has stayed away for a while, longer each time it comes back.
 * Undefined when no alarm of that kind and subject is open.
 */
export async function closeAlarm(
  core: AlarmCore,
  { kind, subject, outcome }: { readonly kind: AlarmKind; readonly subject: string; readonly outcome: string },
): Promise<Alarm | undefined> {
  const input = { kind, subject: readSubject(subject), outcome: sentenceOf(outcome), nowMs: core.clock() };
  const closed = await core.database.write("closeAlarm", input);
  if (closed === undefined) return undefined;
  await askFor(core, "alarms.tell", "all", closed.pendingAtMs ?? input.nowMs);
  return closed.alarm;
}
