import { below, type FilePath, filePath } from "../file-path.ts";
import { parseTrashBatch } from "../trash-batch.ts";
import type { DiskParts } from "./disk-parts.ts";
import { keepInTrash, type TrashPlace } from "./keep-in-trash.ts";
import { listTrashBatches } from "./list-trash.ts";
import { removeTemp } from "./temp-file.ts";
import { isHubName, parseMovedName } from "./temp-name.ts";
import { allTrashes, areFolders, trashOf } from "./trash-places.ts";
import { walkFolders } from "./walk-folders.ts";

/** Of batches that a sweep has seen before, those of so many of the newest hours are looked into again: the others take nothing in any more. */
const NEWEST_HOURS = 2;

/**
 * Keeps in the trash, under the path that it had, what a process that has ended was about to let go (see `letGo`): it may be the only name
 * of bytes that were acknowledged. `name` lies in `folder`, beside the place that it was taken from. One whose process is still at work is no
 * matter: it finds the bytes where they are by then.
 */
export async function keepMoved(parts: DiskParts, folder: FilePath, name: string): Promise<void> {
  const moved = parseMovedName(name);
  if (moved === undefined) return;
  const path = below(folder, moved.name);
  await keep(parts, below(folder, name), { trash: trashOf(parts.disk, path), hour: moved.hour, path });
}

/** The same for what lies in the trash itself. What cannot be read is told of and left. */
export async function keepMovedInTrash(parts: DiskParts, signal: AbortSignal): Promise<void> {
  const { disk, warn, sweptBatches } = parts;
  const batches = await listTrashBatches(parts);
  const hours = new Set(batches.map((batch) => parseTrashBatch(batch)?.hour));
  const newest = new Set([...hours].slice(-NEWEST_HOURS)); // they are sorted
  for (const batch of batches) {
    const hour = parseTrashBatch(batch)?.hour;
    if (hour === undefined || (sweptBatches.has(batch) && !newest.has(hour))) continue;
    for (const trash of allTrashes(disk)) {
      const root = below(trash, batch);
      if (!(await areFolders(disk, { trash, batch, path: filePath() }))) continue;
      for await (const found of walkFolders(disk, root, { enters: (name) => !isHubName(name), followsLinks: false }, signal)) {
        if (found.kind === "gap") {
          warn(`A part of the trash could not be swept: ${found.path}: ${messageOf(found.cause)}`);
          continue;
        }
        for (const name of found.files) {
          const moved = parseMovedName(name);
          if (moved === undefined) continue;
          signal.throwIfAborted();
          const path = below(found.folder, moved.name).slice(root.length + 1);
          await keep(parts, below(found.folder, name), { trash, hour, path: filePath(...path.split("/")) });
        }
      }
    }
  }
  sweptBatches.clear();
  for (const batch of batches) sweptBatches.add(batch);
}

async function keep(parts: DiskParts, at: FilePath, place: TrashPlace): Promise<void> {
  try {
    if ((await keepInTrash(parts, at, place)) !== undefined) await removeTemp(parts, { temp: at, file: undefined });
  } catch (error) {
    parts.warn(`A file that was being removed could not be kept in the trash: ${at}: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
