import { HubError } from "#model/hub-error.ts";
import type { MovedToTrash } from "../driver.ts";
import { type FilePath, parentOf } from "../file-path.ts";
import { trashHourOf } from "../trash-batch.ts";
import type { DiskFacts } from "./disk.ts";
import type { DiskParts } from "./disk-parts.ts";
import { keepInTrash, letGo, MOST_LOOKS } from "./keep-in-trash.ts";
import { trashOf } from "./trash-places.ts";

/**
 * Moves a file into the trash; see `Driver.moveToTrash`. Nothing else may be under way at `path` in this process; others may do what
 * they like.
 *
 * It gets its name in the trash before it loses the other, and that name is durable by then: whenever the power goes, the bytes are at
 * the one, at the other, or at both.
 */
export async function moveToTrash(
  parts: DiskParts,
  path: FilePath,
  { atMs }: { readonly atMs: number },
): Promise<MovedToTrash | undefined> {
  const { disk, sync } = parts;
  let trashedBytes = 0;
  const place = { trash: trashOf(disk, path), hour: trashHourOf(atMs), path };
  for (let looks = 1; looks <= MOST_LOOKS; looks += 1) {
    const there = await disk.stat(path);
    if (there?.kind !== "file") {
      // Whoever took it away may not have come to the sync, and our answer means that it stays away.
      if (there === undefined && (await disk.stat(parentOf(path)))?.kind === "folder") await sync.syncFolder(parentOf(path));
      return trashedBytes === 0 ? undefined : { sizeBytes: undefined, trashedBytes };
    }
    const kept = await keepInTrash(parts, path, place);
    if (kept === undefined) continue;
    if (kept.isNew) trashedBytes += there.sizeBytes;
    const now = await lookAgain(parts, path, { there, kept: kept.path });
    if (now === "unclear") continue;
    const isGone = now === "the same" && (await letGo(parts, path, { ...place, kept: kept.path }));
    await sync.syncFolder(parentOf(path));
    return { sizeBytes: isGone || kept.isMoved ? there.sizeBytes : undefined, trashedBytes };
  }
  throw new HubError("overloaded", "Others keep changing this file; try again later");
}

/** Whether `path` has the bytes that are now in the trash: another process may have put others there meanwhile, or restored these. */
async function lookAgain(
  { disk }: DiskParts,
  path: FilePath,
  { there, kept }: { readonly there: DiskFacts; readonly kept: FilePath },
): Promise<"the same" | "another" | "unclear"> {
  const now = await disk.stat(path);
  if (now === undefined) return "another";
  // A second name has changed the fingerprint, of both names alike; a copy has left it as it was.
  if (now.fingerprint === there.fingerprint) return "the same";
  const inTrash = await disk.stat(kept);
  if (now.fingerprint === inTrash?.fingerprint) return "the same";
  // A third name that comes or goes between the two looks changes it as well.
  return inTrash === undefined || (await disk.stat(path))?.fingerprint !== now.fingerprint ? "unclear" : "another";
}
