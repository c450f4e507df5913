import { setTimeout as sleep } from "node:timers/promises";
import type { Core } from "../core.ts";

const PAUSE_MS = 20;
const SETTINGS_AGES = 10;
// In one go, of lines that are only too old: a clock that has jumped ahead is noticed before it has cost the timeline.
const OLD_LINES = 10_000;

/** Takes away what is too old or too many, in small batches that others get between. Resolves to how many lines went. */
export async function trimTimeline(core: Core, signal: AbortSignal): Promise<number> {
  const { operationAgeMs, operationRows } = core.limits;
  const nowMs = core.clock();
  const bounds = { beforeMs: nowMs - operationAgeMs, settingsBeforeMs: nowMs - SETTINGS_AGES * operationAgeMs };
  let trimmed = 0;
  while (!signal.aborted) {
    // Past the number of old lines for one go, only what is too many goes.
    const ages = trimmed < OLD_LINES ? bounds : { beforeMs: 0, settingsBeforeMs: 0 };
    const went = await core.database.write("trimOperations", { ...ages, mostLines: operationRows });
    if (went === 0) break;
    trimmed += went;
    await sleep(PAUSE_MS);
  }
  return trimmed;
}
