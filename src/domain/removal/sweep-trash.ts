import { findTrashHours } from "#db/trash-time.ts";
import { HUB } from "#model/actor.ts";
import { WHOLE_HUB } from "#model/mode.ts";
import { parseTrashBatch } from "#storage/trash-batch.ts";
import type { Core } from "../core.ts";
import { eraseBatches } from "./erase-batches.ts";
import { recordEmptied } from "./record-emptied.ts";

/**
 * Erases what has been in the trash for `trashKeepAgeMs`. A clock that has jumped since the last look stops it until the next: neither
 * it nor what has been written by it is to be believed yet.
 */
export async function sweepTrash(core: Core, signal: AbortSignal): Promise<void> {
  await core.time.count();
  if ((await core.access.rules()).modes.some(({ scope }) => scope === WHOLE_HUB)) return; // it is to be left as it is
  if (core.time.jumped) {
    core.time.forgetJump();
    core.log.warn("the clock has jumped: the trash is left as it is this time", { clock: new Date(core.clock()).toISOString() });
    return;
  }
  await noteHours(core, signal);
  const startedAtMs = core.clock();
  const erased = await eraseBatches(core, { ageMs: trashKeepMs(core) }, signal);
  recordEmptied(core, { by: HUB, startedAtMs, erased, why: "its time in the trash was over" });
}

/** How long things stay in the trash while there is room. Never shorter than nobody may erase them. */
export function trashKeepMs({ limits }: Pick<Core, "limits">): number {
  return Math.max(limits.trashKeepAgeMs, limits.trashHoldAgeMs);
}

/** Hours that something else has brought here begin to count now; those that are empty are forgotten. */
async function noteHours(core: Core, signal: AbortSignal): Promise<void> {
  const noted = await findTrashHours(core.database.read);
  const there = new Set((await core.storage.listTrashBatches(signal)).map((batch) => parseTrashBatch(batch)?.hour ?? ""));
  const found = [...there].filter((hour) => !noted.has(hour));
  if (found.length > 0) await core.time.noteFound(found);
  // An hour whose first file is on its way gets a later note when it is found: never an earlier one.
  const gone = [...noted.keys()].filter((hour) => !there.has(hour));
  if (gone.length > 0) await core.database.write("forgetTrashHours", { hours: gone });
}
