import type { EraseOptions } from "../driver.ts";
import { below, type FilePath, filePath } from "../file-path.ts";
import { saysAbsent, systemCode } from "../system-error.ts";
import { parseTrashBatch } from "../trash-batch.ts";
import type { DiskParts } from "./disk-parts.ts";
import { listTrash } from "./list-trash.ts";
import { isTempBeside } from "./temp-name.ts";
import { allTrashes, areFolders, inTrash, trashOf } from "./trash-places.ts";

/**
 * Erases files of the trash for good; see `Driver.eraseFromTrash`. Nothing is synced: what a loss of power brings back is erased another
 * time.
 */
export async function eraseFromTrash(
  parts: DiskParts,
  batch: string,
  { mayErase, near, enoughBytes = Number.POSITIVE_INFINITY }: EraseOptions,
  signal: AbortSignal,
): Promise<{ readonly files: number; readonly sizeBytes: number }> {
  if (parseTrashBatch(batch) === undefined) throw new Error(`Not a folder of the trash: ${JSON.stringify(batch)}`);
  const trashes = near === undefined ? allTrashes(parts.disk) : [trashOf(parts.disk, near)];
  let [files, sizeBytes] = [0, 0];
  for await (const item of listTrash(parts, { batch, trashes }, signal)) {
    if (sizeBytes >= enoughBytes) return { files, sizeBytes };
    if (item.kind === "gap") {
      parts.warn(`A part of the trash cannot be read: ${item.path}: ${item.cause instanceof Error ? item.cause.message : item.cause}`);
      continue;
    }
    if (!(await mayErase(item))) continue;
    if (await unlink(parts, inTrash(item))) {
      files += 1;
      sizeBytes += item.sizeBytes;
    }
  }
  for (const trash of trashes) {
    if (await areFolders(parts.disk, { trash, batch, path: filePath() })) await removeEmpty(parts, below(trash, batch), signal);
  }
  return { files, sizeBytes };
}

async function unlink({ disk }: DiskParts, path: FilePath): Promise<boolean> {
  try {
    await disk.unlink(path);
    return true;
  } catch (error) {
    if (saysAbsent(error)) return false; // restored, or erased by another process
    throw error;
  }
}

/** Removes the folder if nothing is in it, and before that those below it. */
async function removeEmpty(parts: DiskParts, folder: FilePath, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  try {
    for await (const entries of parts.disk.readFolder(folder)) {
      for (const { name, kind } of entries) {
        if (name.includes("\\")) continue;
        if (kind === "folder") await removeEmpty(parts, below(folder, name), signal);
        // A copy that broke off: nobody copies into a batch that is old enough to be erased.
        else if (kind === "file" && isTempBeside(name)) await unlink(parts, below(folder, name));
      }
    }
    await parts.disk.removeFolder(folder);
    parts.folders.forget(folder);
  } catch (error) {
    const code = systemCode(error) ?? "";
    if (!saysAbsent(error) && code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  }
}
