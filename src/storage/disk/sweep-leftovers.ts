import type { SweepCutoffs } from "../driver.ts";
import { below, type FilePath, nameOf } from "../file-path.ts";
import type { DiskParts } from "./disk-parts.ts";
import { keepMoved, keepMovedInTrash } from "./keep-moved.ts";
import { sweepUnsynced } from "./sweep-unsynced.ts";
import { isForeignTemp, isHubName, isTempBeside, parseMovedName, TEMP_FOLDER } from "./temp-name.ts";
import { walkFolders } from "./walk-folders.ts";

/** Removes old leftovers of uploads in `folder` and below; see `Driver.sweep`. What cannot be read or removed is told of and left. */
export async function sweepLeftovers(
  parts: DiskParts,
  folder: FilePath,
  { oursBeforeMs, foreignBeforeMs, unchangedForMs = 0 }: SweepCutoffs,
  signal: AbortSignal,
): Promise<number> {
  const { disk, warn, openTemps } = parts;
  let removed = 0;
  for await (const found of walkFolders(
    disk,
    folder,
    { enters: (name) => name === TEMP_FOLDER || !isHubName(name), followsLinks: false },
    signal,
  )) {
    if (found.kind === "gap") {
      warn(`A folder could not be swept: ${found.path}: ${messageOf(found.cause)}`);
      continue;
    }
    const isTempFolder = nameOf(found.folder) === TEMP_FOLDER;
    for (const name of found.files) {
      if (parseMovedName(name) !== undefined) await keepMoved(parts, found.folder, name);
      const isOwn = isTempFolder || isTempBeside(name);
      if (!isOwn && !isForeignTemp(name)) continue;
      signal.throwIfAborted();
      // An upload of this process is no leftover, whatever a clock that has jumped says.
      if (openTemps.has(below(found.folder, name))) continue;
      const beforeMs = isOwn ? oursBeforeMs : foreignBeforeMs;
      if (await removeOld(parts, below(found.folder, name), { beforeMs, unchangedForMs, isOwn })) removed += 1;
    }
  }
  await keepMovedInTrash(parts, signal);
  await sweepUnsynced(parts, folder, signal); // after it: what a crash has left under a name of its own counts as well
  return removed;
}

async function removeOld(
  { disk, warn, seenTemps }: Pick<DiskParts, "disk" | "warn" | "seenTemps">,
  path: FilePath,
  { beforeMs, unchangedForMs, isOwn }: { readonly beforeMs: number; readonly unchangedForMs: number; readonly isOwn: boolean },
): Promise<boolean> {
  try {
    const there = await disk.stat(path);
    if (there?.kind !== "file") return false;
    if (unchangedForMs > 0) {
      const seen = seenTemps.get(path);
      const sinceMs = seen?.fingerprint === there.fingerprint ? seen.sinceMs : performance.now();
      seenTemps.set(path, { fingerprint: there.fingerprint, sinceMs });
      if (performance.now() - sinceMs < unchangedForMs) return false;
    }
    // A time to come is from before the clock was set back, and says nothing: what has passed since then has been counted.
    const isToCome = isOwn && unchangedForMs > 0 && there.modifiedAtMs > beforeMs + unchangedForMs;
    if (there.modifiedAtMs >= beforeMs && !isToCome) return false;
    await disk.unlink(path);
    seenTemps.delete(path);
    return true;
  } catch (error) {
    warn(`A leftover could not be swept: ${path}: ${messageOf(error)}`);
    return false;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
