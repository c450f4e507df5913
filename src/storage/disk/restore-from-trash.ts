import { HubError } from "#model/hub-error.ts";
import { type FilePath, parentOf } from "../file-path.ts";
import { saysAbsent, systemCode } from "../system-error.ts";
import { parseTrashBatch, restoreBatch, type TrashedFileName } from "../trash-batch.ts";
import type { DiskParts } from "./disk-parts.ts";
import { letGo, MOST_LOOKS, type TrashPlace } from "./keep-in-trash.ts";
import { publishAbsent } from "./publish-file.ts";
import { haveSameBytes } from "./same-bytes.ts";
import { settleFile } from "./settle-file.ts";
import { copyTemp, removeTemp } from "./temp-file.ts";
import { newRestoreTag, tempBeside } from "./temp-name.ts";
import { areFolders, inTrash, trashOf } from "./trash-places.ts";

/**
 * Brings a file back; see `Driver.restoreFromTrash`. Nothing else may be under way at its path in this process.
 *
 * A removal in another process may rely on the name that it finds in the trash, and take the path away. So the file first gets a name that
 * no removal relies on, durably, and loses the other; that new name goes only when this restore itself has given it its path.
 */
export async function restoreFromTrash(
  parts: DiskParts,
  { batch, path, trash = trashOf(parts.disk, path) }: TrashedFileName,
): Promise<"restored" | "already there"> {
  const { disk, folders } = parts;
  const hour = parseTrashBatch(batch)?.hour;
  if (hour === undefined || !(await areFolders(disk, { trash, batch, path: parentOf(path) }))) throw notInTrash();
  const trashed = inTrash({ trash, batch, path });
  let own: FilePath | undefined;
  for (let looks = 1; ; looks += 1) {
    if ((await disk.stat(own ?? trashed))?.kind !== "file") throw notInTrash();
    const there = await lookAt(parts, path, own ?? trashed);
    if (there === "the same") return "already there";
    try {
      if (there === "other") throw new HubError("already_exists", "There is another file in its place");
      if (there === "absent") {
        own ??= await takeFromRemovals(parts, trashed, { path, trash, hour });
        await folders.make(parentOf(path));
        await publish(parts, own, path);
        // Its place is durable, so this name may go whenever it likes.
        await removeTemp(parts, { temp: own, file: undefined });
        return "restored";
      }
    } catch (error) {
      const isTaken = there !== "other" && error instanceof HubError && error.code === "already_exists";
      if ((!isTaken && systemCode(error) !== "ENOENT") || looks === MOST_LOOKS) throw error;
    }
    if (looks === MOST_LOOKS) throw new HubError("overloaded", "Others keep changing this file; try again later");
  }
}

function notInTrash(cause?: unknown): HubError {
  return new HubError("not_found", "There is no such file in the trash", { cause });
}

/** What is at `path` now, and durable if it has the same bytes; `unclear` when it has gone again, or what it was compared with has. */
async function lookAt(parts: DiskParts, path: FilePath, trashed: FilePath): Promise<"absent" | "the same" | "other" | "unclear"> {
  const there = await parts.disk.stat(path);
  if (there === undefined) return "absent";
  if (there.kind !== "file") return "other";
  const isSame = await haveSameBytes(parts, trashed, path);
  if (isSame !== true) return isSame === undefined ? "unclear" : "other";
  try {
    await settleFile(parts, path); // whoever wrote the equal bytes may not have come to the sync
    return "the same";
  } catch (error) {
    if (saysAbsent(error)) return "unclear";
    throw error;
  }
}

/** Gives the file a name that only this restore takes away, and takes that which removals rely on. */
async function takeFromRemovals(parts: DiskParts, trashed: FilePath, place: TrashPlace): Promise<FilePath> {
  for (let tag = parts.restoreTag; ; tag = newRestoreTag()) {
    const own = inTrash({ ...place, batch: restoreBatch(place.hour, tag) });
    if (own === trashed) continue;
    await parts.folders.make(parentOf(own));
    try {
      await publishAbsent(parts, trashed, own);
    } catch (error) {
      if (error instanceof HubError && error.code === "already_exists") continue; // left over from another time
      if (saysAbsent(error) && (await parts.disk.stat(trashed)) === undefined) throw notInTrash(error);
      throw error;
    }
    await letGo(parts, trashed, { ...place, kept: own });
    return own;
  }
}

async function publish(parts: DiskParts, trashed: FilePath, path: FilePath): Promise<void> {
  try {
    await publishAbsent(parts, trashed, path);
  } catch (error) {
    if (systemCode(error) !== "EXDEV") throw error;
    await using copy = await copyTemp(parts, trashed, tempBeside(parentOf(path)));
    await publishAbsent(parts, copy.temp, path);
  }
}
