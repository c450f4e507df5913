import type { Actor } from "#model/actor.ts";
import type { AlarmCore } from "./alarm-core.ts";
import { askFor } from "./alarm-work.ts";

/** Ends a silence before its time; what is still open and was not told is told now. Throws `not_found`. */
export async function liftSilence(core: AlarmCore, by: Actor, { id }: { readonly id: number }): Promise<void> {
  const nowMs = core.clock();
  await core.database.write("removeSilence", { id, nowMs, by });
  await askFor(core, "alarms.tell", "all", nowMs);
}
