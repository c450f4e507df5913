import { setTimeout as sleep } from "node:timers/promises";
import type { Core } from "../core.ts";

// The share of the bound that each kind of evidence may take: all of them together never more than half.
const EVIDENCE_SHARE = 1 / 16;
const PAUSE_MS = 20;
const SETTINGS_AGES = 10;
// In one go, of lines that are only too old: a clock that has jumped ahead is noticed before it has cost the timeline.
const OLD_LINES = 10_000;

/** Takes away what is too old or too many, in small batches that others get between. Resolves to how many lines went. */
export async function trimTimeline(core: Core, signal: AbortSignal): Promise<number> {
  const { operationAgeMs, operationRows } = core.limits;
  const nowMs = core.clock();
  const bounds = { beforeMs: nowMs - operationAgeMs, settingsBeforeMs: nowMs - SETTINGS_AGES * operationAgeMs };
  // Counted once for all batches, outside of every transaction: of a kind that is full, those that came first go first.
  const counted = await core.database.list("countEvidence", {});
  const most = Math.floor(operationRows * EVIDENCE_SHARE);
  let surplus = counted.map(({ kind, lines }) => ({ kind, lines: Math.max(0, lines - most) }));
  let trimmed = 0;
  while (!signal.aborted) {
    // Past the number of old lines for one go, only what is too many goes.
    const ages = trimmed < OLD_LINES ? bounds : { beforeMs: 0, settingsBeforeMs: 0 };
    const went = await core.database.write("trimOperations", { ...ages, mostLines: operationRows, surplus });
    if (went.length === 0) break;
    for (const { kind, lines } of went) {
      trimmed += lines;
      surplus = surplus.map((left) => (left.kind === kind ? { kind, lines: Math.max(0, left.lines - lines) } : left));
    }
    await sleep(PAUSE_MS);
  }
  return trimmed;
}
