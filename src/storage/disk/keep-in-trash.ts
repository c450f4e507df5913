import { HubError } from "#model/hub-error.ts";
import { type FilePath, nameOf, parentOf } from "../file-path.ts";
import { saysAbsent, systemCode } from "../system-error.ts";
import { trashBatch } from "../trash-batch.ts";
import type { DiskParts } from "./disk-parts.ts";
import { type Published, publishAbsent } from "./publish-file.ts";
import { haveSameBytes } from "./same-bytes.ts";
import { copyTemp, removeTemp } from "./temp-file.ts";
import { movedName, tempBeside } from "./temp-name.ts";
import { inTrash } from "./trash-places.ts";

const MOST_ROUNDS = 99;

/** How often something is looked at again that another process has changed meanwhile. */
export const MOST_LOOKS = 100;

/** Where a file belongs in the trash: among what was removed from `path` in this hour. */
export interface TrashPlace {
  readonly trash: FilePath;
  readonly hour: string;
  readonly path: FilePath;
}

/** A file of the trash. */
export interface KeptInTrash {
  readonly path: FilePath;
  /** Whether the trash did not have these bytes of this path and hour before. */
  readonly isNew: boolean;
  /** Whether it has lost its other name by that, on a file system where files have one only. */
  readonly isMoved: boolean;
}

/** Makes the bytes at `from` durable in the trash, under a name that no other bytes have. Resolves to undefined when `from` is gone. */
export async function keepInTrash(parts: DiskParts, from: FilePath, { trash, hour, path }: TrashPlace): Promise<KeptInTrash | undefined> {
  let round = 1;
  for (let looks = 1; round <= MOST_ROUNDS; ) {
    const target = inTrash({ trash, batch: trashBatch(hour, round), path });
    await parts.folders.make(parentOf(target));
    try {
      const published = await publish(parts, from, target);
      return { path: target, isNew: published !== "there before", isMoved: published === "moved" };
    } catch (error) {
      if ((await parts.disk.stat(from)) === undefined) return undefined;
      if (!saysAbsent(error) && !isTaken(error)) throw error;
      const there = await parts.disk.stat(target);
      const isSame = there?.kind === "file" && isTaken(error) ? await haveSameBytes(parts, from, target) : undefined;
      if (isSame === true) {
        await parts.folders.settle(parentOf(target)); // another process may have put it there a moment ago
        return { path: target, isNew: false, isMoved: false };
      }
      if (isSame === false || (there !== undefined && there.kind !== "file")) {
        round += 1;
      } else {
        if (looks === MOST_LOOKS) throw error;
        looks += 1;
        parts.folders.forget(parentOf(target)); // whoever empties the trash may have taken the folder
      }
    }
  }
  throw new HubError("overloaded", "Removed too often within one hour; try again in the next");
}

/**
 * Takes away one name of a file that `kept` was durable under a moment ago, in the trash. Whatever other processes do with both names
 * meanwhile, no bytes are lost: each name that others can see is only ever moved to one that they cannot, and that one goes
 * when the bytes have been seen under another name since. So of all who take names of one file away at once the last keeps them. What a
 * crash leaves under such a name the sweep keeps in the trash. Resolves to false when another took it away first.
 */
export async function letGo(
  parts: DiskParts,
  name: FilePath,
  { kept, ...place }: TrashPlace & { readonly kept: FilePath },
): Promise<boolean> {
  const { disk } = parts;
  const own = await moveToOwnName(parts, name, { kept, ...place });
  if (own === undefined) return false;
  const { fingerprint } = (await disk.stat(own)) ?? {};
  const isKept = fingerprint !== undefined && (await disk.stat(kept))?.fingerprint === fingerprint;
  try {
    if (!isKept) await keepInTrash(parts, own, place);
  } catch (error) {
    await publishAbsent(parts, own, name).catch(() => undefined); // nobody would find it under its own
    throw error;
  }
  await removeTemp(parts, { temp: own, file: undefined });
  return true;
}

/** Resolves to a name that nobody else has ever seen; undefined when there is nothing to move. */
async function moveToOwnName(
  { disk, folders }: DiskParts,
  name: FilePath,
  { kept, hour, path }: TrashPlace & { readonly kept: FilePath },
): Promise<FilePath | undefined> {
  const tells = { hour, name: nameOf(path) };
  for (let looks = 1; ; looks += 1) {
    const own = movedName(parentOf(kept), tells);
    try {
      await disk.rename(name, own);
      return own;
    } catch (error) {
      if (systemCode(error) === "EXDEV") return await moveBeside(disk, name, tells);
      if (!saysAbsent(error) || looks === MOST_LOOKS) throw error;
      if ((await disk.stat(name)) === undefined) return undefined;
      folders.forget(parentOf(kept));
      await folders.make(parentOf(kept));
    }
  }
}

async function moveBeside(
  disk: DiskParts["disk"],
  name: FilePath,
  tells: { readonly hour: string; readonly name: string },
): Promise<FilePath | undefined> {
  const own = movedName(parentOf(name), tells);
  try {
    await disk.rename(name, own);
    return own;
  } catch (error) {
    if (saysAbsent(error)) return undefined;
    throw error;
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof HubError && error.code === "already_exists";
}

/** A second name in the trash, or a copy where the trash lies on another file system. */
async function publish(parts: DiskParts, from: FilePath, target: FilePath): Promise<Published> {
  try {
    return await publishAbsent(parts, from, target);
  } catch (error) {
    if (systemCode(error) !== "EXDEV") throw error;
    const isThere = (await parts.disk.stat(target)) !== undefined && (await haveSameBytes(parts, from, target)) === true;
    // Another process may have put it there, and not have come to the sync.
    if (isThere) {
      await Promise.all([parts.sync.syncFolder(parentOf(target)), parts.folders.settle(parentOf(target))]);
      return "there before";
    }
    await using copy = await copyTemp(parts, from, tempBeside(parentOf(target)));
    await publishAbsent(parts, copy.temp, target);
    return "linked";
  }
}
