import type { Actor } from "#model/actor.ts";
import type { Core } from "../core.ts";
import { type Erased, eraseBatches } from "./erase-batches.ts";
import { recordEmptied } from "./record-emptied.ts";

/**
 * Erases for good what has been in the trash for `trashHoldAgeMs`; with `beforeHold` also what is younger. What lies under a hold stays
 * in any case. When it breaks off, the batches that went until then are told and counted; of the one that was begun the counters learn
 * with their next count. Only for who has every right: the operator.
 */
export async function emptyTrash(
  core: Core,
  by: Actor,
  { beforeHold = false }: { readonly beforeHold?: boolean },
  signal: AbortSignal,
): Promise<Erased> {
  const startedAtMs = core.clock();
  const tally = { files: 0, sizeBytes: 0 };
  try {
    return await eraseBatches(core, { ageMs: core.limits.trashHoldAgeMs, waived: beforeHold, evenInMode: true, tally }, signal);
  } finally {
    const why = beforeHold ? "somebody emptied it, before its time" : "somebody emptied it";
    recordEmptied(core, { by, startedAtMs, erased: tally, why });
  }
}
