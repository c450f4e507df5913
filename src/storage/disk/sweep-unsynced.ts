import type { FilePath } from "../file-path.ts";
import type { DiskParts } from "./disk-parts.ts";
import { listTrashBatches } from "./list-trash.ts";
import { allTrashes, inTrash } from "./trash-places.ts";

/**
 * Takes away the marks (see `UnsyncedFiles`) of files in `folder` and below that are gone for good. One that lies in the trash keeps its mark: a
 * restore brings back the very bytes that may be in memory alone. What cannot be looked at is told of and left.
 */
export async function sweepUnsynced(parts: DiskParts, folder: FilePath, signal: AbortSignal): Promise<void> {
  const { unsynced, publications, warn } = parts;
  try {
    for await (const path of unsynced.paths()) {
      signal.throwIfAborted();
      if (folder !== "" && !path.startsWith(`${folder}/`)) continue;
      await publications.run(path, async () => {
        if (await isGone(parts, path)) await unsynced.delete(path);
      });
    }
  } catch (error) {
    signal.throwIfAborted();
    warn(`The marks of files that could not be synced were not swept: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Throws where that cannot be told, so when the disk of a part of the tree is away. */
async function isGone(parts: DiskParts, path: FilePath): Promise<boolean> {
  const { disk } = parts;
  if ((await disk.stat(path))?.kind === "file") return false;
  const batches = await listTrashBatches(parts);
  for (const trash of allTrashes(disk)) {
    await disk.stat(trash); // the batches of one that is away are not among these
    for (const batch of batches) if ((await disk.stat(inTrash({ trash, batch, path })))?.kind === "file") return false;
  }
  // Another process may have restored it meanwhile, which leaves the trash last.
  return (await disk.stat(path))?.kind !== "file";
}
