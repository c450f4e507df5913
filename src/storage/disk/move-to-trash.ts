import { HubError } from "#model/hub-error.ts";
import { type FilePath, parentOf } from "../file-path.ts";
import { saysAbsent, systemCode } from "../system-error.ts";
import { trashBatch, trashHourOf } from "../trash-batch.ts";
import type { DiskFacts } from "./disk.ts";
import type { DiskParts } from "./disk-parts.ts";
import { publishAbsent } from "./publish-file.ts";
import { haveSameBytes } from "./same-bytes.ts";
import { copyTemp } from "./temp-file.ts";
import { tempBeside } from "./temp-name.ts";
import { inTrash } from "./trash-places.ts";

const MOST_ROUNDS = 99;

/**
 * Moves a file into the trash; see `Driver.moveToTrash`. Nothing else may be under way at `path`.
 *
 * It gets its name in the trash before it loses the other, and that name is durable by then: whenever the power goes, the bytes are at
 * the one, at the other, or at both.
 */
export async function moveToTrash(
  parts: DiskParts,
  path: FilePath,
  { atMs }: { readonly atMs: number },
): Promise<{ readonly sizeBytes: number } | undefined> {
  const { disk, sync } = parts;
  const there = await disk.stat(path);
  if (there?.kind !== "file") {
    // Whoever took it away may not have come to the sync, and our answer means that it stays away.
    if (there === undefined && (await disk.stat(parentOf(path)))?.kind === "folder") await sync.syncFolder(parentOf(path));
    return undefined;
  }
  const trashed = await keepInTrash(parts, path, trashHourOf(atMs));
  if (trashed === undefined) return undefined;
  if (await isStill(parts, path, { there, trashed })) await unlinkIfThere(parts, path);
  await sync.syncFolder(parentOf(path));
  return { sizeBytes: there.sizeBytes };
}

/** Makes the bytes at `path` durable in the trash, under a name that no other bytes have; undefined when they are gone. */
async function keepInTrash(parts: DiskParts, path: FilePath, hour: string): Promise<FilePath | undefined> {
  for (let round = 1; round <= MOST_ROUNDS; round += 1) {
    const target = inTrash(parts.disk, { batch: trashBatch(hour, round), path });
    await parts.folders.make(parentOf(target));
    try {
      await publish(parts, path, target);
      return target;
    } catch (error) {
      if (saysAbsent(error) && (await parts.disk.stat(path)) === undefined) return undefined;
      if (!(error instanceof HubError && error.code === "already_exists")) throw error;
      if (!(await haveSameBytes(parts, path, target))) continue;
      await parts.folders.settle(parentOf(target)); // another process may have put it there a moment ago
      return target;
    }
  }
  throw new HubError("overloaded", "Removed too often within one hour; try again in the next");
}

/** A second name in the trash, or a copy where the trash lies on another file system. */
async function publish(parts: DiskParts, path: FilePath, target: FilePath): Promise<void> {
  try {
    await publishAbsent(parts, path, target);
  } catch (error) {
    if (systemCode(error) !== "EXDEV") throw error;
    if ((await parts.disk.stat(target)) !== undefined && (await haveSameBytes(parts, path, target))) return;
    await using copy = await copyTemp(parts, path, tempBeside(parentOf(target)));
    await publishAbsent(parts, copy.temp, target);
  }
}

/** Whether `path` has the bytes that are now in the trash: another process may have put others there meanwhile. */
async function isStill(
  { disk }: DiskParts,
  path: FilePath,
  { there, trashed }: { readonly there: DiskFacts; readonly trashed: FilePath },
): Promise<boolean> {
  const now = await disk.stat(path);
  // A second name has changed the fingerprint, of both names alike; a copy has left it as it was.
  return now !== undefined && (now.fingerprint === there.fingerprint || now.fingerprint === (await disk.stat(trashed))?.fingerprint);
}

async function unlinkIfThere({ disk }: DiskParts, path: FilePath): Promise<void> {
  try {
    await disk.unlink(path);
  } catch (error) {
    if (!saysAbsent(error)) throw error;
  }
}
