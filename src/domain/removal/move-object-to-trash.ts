import type { FilePath } from "#storage/file-path.ts";
import { trashHourOf } from "#storage/trash-batch.ts";
import type { Core } from "../core.ts";

/**
 * Moves a file into the trash, durably, and counts it there; whoever calls has asked `mayRemove`. Resolves to what went, or to undefined
 * when there was nothing, or another removal of it was quicker.
 */
export async function moveObjectToTrash(
  core: Core,
  path: FilePath,
  signal: AbortSignal,
): Promise<{ readonly sizeBytes: number } | undefined> {
  const atMs = core.time.trashMs();
  await core.time.noteUsed(trashHourOf(atMs));
  const moved = await core.storage.moveToTrash(path, { atMs }, signal);
  core.quotas.trashGrew(moved?.trashedBytes ?? 0);
  return moved?.sizeBytes === undefined ? undefined : { sizeBytes: moved.sizeBytes };
}
