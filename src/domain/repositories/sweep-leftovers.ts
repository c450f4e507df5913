import { ARCHIVE_DOORS } from "#model/archive.ts";
import { filePath } from "#storage/file-path.ts";
import type { Core } from "../core.ts";

/**
 * Removes what broken uploads have left in the repositories and beside archives: our own temporary files last written before `beforeMs`, and those of
 * rest-server and restic's local backend, which may be at work on the same tree, after a week. With `unchangedForMs` only what has been found as it
 * is so long ago.
 */
export async function sweepLeftovers(
  core: Core,
  { beforeMs, unchangedForMs }: { readonly beforeMs: number; readonly unchangedForMs?: number },
  signal: AbortSignal,
): Promise<void> {
  const cutoffs = { oursBeforeMs: beforeMs, foreignBeforeMs: core.time.moment().earliestMs - core.limits.foreignTempAgeMs, unchangedForMs };
  let removed = 0;
  removed += await core.storage.sweep(filePath("restic"), cutoffs, signal);
  // No other program writes beside archives, whose names may look like its temporary files.
  const ours = { ...cutoffs, foreignBeforeMs: Number.NEGATIVE_INFINITY };
  for (const folder of ARCHIVE_DOORS) removed += await core.storage.sweep(filePath(folder), ours, signal);
  if (removed > 0) core.log.info("leftovers swept", { files: removed });
}
