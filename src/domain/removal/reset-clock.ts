import type { Actor } from "#model/actor.ts";
import type { Core } from "../core.ts";

/**
 * Makes the wall clock the time that counts for windows, logins and tokens again, after it has once been wrongly far ahead. What that
 * time has ended and the clock has not begins again. Resolves to the time that counted until now.
 */
export async function resetClock(core: Core, by: Actor): Promise<{ readonly latestMs: number; readonly nowMs: number }> {
  const nowMs = core.clock();
  return { latestMs: await core.database.write("resetHubClock", { nowMs, by }), nowMs };
}
