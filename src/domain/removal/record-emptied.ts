import { formatBytes } from "#lib/format-bytes.ts";
import type { Actor } from "#model/actor.ts";
import type { Core } from "../core.ts";
import type { Erased } from "./erase-batches.ts";

/** Tells the timeline and the counters what was erased, if anything was. `why` ends a sentence. */
export function recordEmptied(
  core: Core,
  { by, startedAtMs, erased, why }: { readonly by: Actor; readonly startedAtMs: number; readonly erased: Erased; readonly why: string },
): void {
  const { files, sizeBytes } = erased;
  if (files === 0) return;
  core.quotas.trashGrew(-sizeBytes);
  core.timeline.record({
    kind: "trash.emptied",
    status: "succeeded",
    startedAtMs,
    endedAtMs: core.clock(),
    actor: by,
    summary: `${files} files with ${formatBytes(sizeBytes)} were erased from the trash: ${why}`,
    details: { files, sizeBytes },
  });
}
