import type { FilePath } from "#storage/file-path.ts";
import { trashHourOf } from "#storage/trash-batch.ts";
import type { Core } from "../core.ts";

/**
 * Moves a file into the trash, durably; whoever calls has asked `mayRemove`. Resolves to what went, or to undefined when there was
 * nothing.
 */
export async function moveObjectToTrash(
  core: Core,
  path: FilePath,
  signal: AbortSignal,
): Promise<{ readonly sizeBytes: number } | undefined> {
  const atMs = core.time.trashMs();
  await core.time.noteUsed(trashHourOf(atMs));
  return await core.storage.moveToTrash(path, { atMs }, signal);
}
