import type { SweepCutoffs } from "../driver.ts";
import { below, type FilePath, parentOf } from "../file-path.ts";
import type { DiskParts } from "./disk-parts.ts";
import { isForeignTemp, isHubName, isTempBeside, TEMP_FOLDER } from "./temp-name.ts";
import { walkFolders } from "./walk-folders.ts";

/** Removes old leftovers of uploads in `folder` and below; see `Driver.sweep`. What cannot be read or removed is told of and left. */
export async function sweepLeftovers(
  { disk, warn, openTemps }: Pick<DiskParts, "disk" | "warn" | "openTemps">,
  folder: FilePath,
  { oursBeforeMs, foreignBeforeMs }: SweepCutoffs,
  signal: AbortSignal,
): Promise<number> {
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
      const isOwn = isTempFolder || isTempBeside(name);
      if (!isOwn && !isForeignTemp(name)) continue;
      signal.throwIfAborted();
      // An upload of this process is no leftover, whatever a clock that has jumped says.
      if (openTemps.has(below(found.folder, name))) continue;
      if (await removeOld({ disk, warn }, below(found.folder, name), isOwn ? oursBeforeMs : foreignBeforeMs)) removed += 1;
    }
  }
  return removed;
}

function nameOf(folder: FilePath): string {
  return folder.slice(parentOf(folder) === "" ? 0 : parentOf(folder).length + 1);
}

async function removeOld({ disk, warn }: Pick<DiskParts, "disk" | "warn">, path: FilePath, beforeMs: number): Promise<boolean> {
  try {
    const there = await disk.stat(path);
    if (there?.kind !== "file" || there.modifiedAtMs >= beforeMs) return false;
    await disk.unlink(path);
    return true;
  } catch (error) {
    warn(`A leftover could not be swept: ${path}: ${messageOf(error)}`);
    return false;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
