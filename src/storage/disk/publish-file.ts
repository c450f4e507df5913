import { HubError } from "#model/hub-error.ts";
import { type FilePath, parentOf } from "../file-path.ts";
import { systemCode } from "../system-error.ts";
import type { Disk } from "./disk.ts";
import type { DiskParts } from "./disk-parts.ts";
import type { DurableFolders } from "./durable-folders.ts";
import type { FolderSync } from "./folder-sync.ts";

export interface Publisher {
  readonly disk: Disk;
  readonly sync: FolderSync;
  readonly folders: DurableFolders;
}

/** How a file has got its name: beside the other one, in its place, or it had it before as another name of the same file. */
export type Published = "linked" | "moved" | "there before";

/**
 * Gives the synced file at `temp` the name `path` and makes that durable, with every folder above it. `temp` may be left over; its
 * owner removes it. Throws `already_exists`, and the system's error; then `path` is what it was before, except where the file
 * system knows no second names.
 *
 * A second name before the first one goes, rather than a rename: it never replaces anything, and as long as both are there it can
 * be told whether `path` is ours, also after a call that failed and yet happened.
 */
export async function publishAbsent({ disk, sync, folders }: Publisher, temp: FilePath, path: FilePath): Promise<Published> {
  let published: Published = "linked";
  try {
    await giveName(() => disk.link(temp, path), path, folders);
  } catch (error) {
    if (NO_LINKS.has(systemCode(error) ?? "")) {
      await renameWithoutLinks(disk, temp, path);
      published = "moved";
    } else if (!(await isSameFile(disk, temp, path))) {
      if (systemCode(error) === "EEXIST") throw await alreadyThere(sync, path, error);
      throw error;
    } else if (systemCode(error) !== "EEXIST") {
      await disk.unlink(path);
      throw error;
    } else {
      published = "there before";
    }
  }
  try {
    await settle({ sync, folders }, path);
    return published;
  } catch (error) {
    // The next to ask would find a sound file here and take it for durable.
    if (await isSameFile(disk, temp, path)) await disk.unlink(path);
    throw error;
  }
}

/** As `publishAbsent`, but over whatever is at `path`. */
export async function publishOver(
  { disk, sync, folders, unsynced }: Publisher & Pick<DiskParts, "unsynced">,
  temp: FilePath,
  path: FilePath,
): Promise<void> {
  await giveName(() => disk.rename(temp, path), path, folders);
  await unsynced.delete(path); // these bytes are synced, whatever was there before
  await settle({ sync, folders }, path);
}

// What file systems without hard links say, or with too many of one file. EEXIST and EXDEV are no such thing.
const NO_LINKS: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

/** Once more when the folder of a running hub was taken away by hand since it was last seen. */
async function giveName(give: () => void | Promise<void>, path: FilePath, folders: DurableFolders): Promise<void> {
  try {
    await give();
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
    folders.forget(parentOf(path));
    await folders.make(parentOf(path));
    await give();
  }
}

async function renameWithoutLinks(disk: Disk, temp: FilePath, path: FilePath): Promise<void> {
  try {
    await disk.renameToAbsent(temp, path);
  } catch (error) {
    if (systemCode(error) === "EEXIST") throw taken(error);
    throw error;
  }
}

async function settle({ sync, folders }: Pick<Publisher, "sync" | "folders">, path: FilePath): Promise<void> {
  await Promise.all([sync.syncFolder(parentOf(path)), folders.settle(parentOf(path))]);
}

/** Whoever published it, in another process perhaps, may not have come to the sync yet; and the answer means that it is kept. */
async function alreadyThere(sync: FolderSync, path: FilePath, cause: unknown): Promise<HubError> {
  await sync.syncFolder(parentOf(path));
  return taken(cause);
}

function taken(cause: unknown): HubError {
  return new HubError("already_exists", "There is a file of this name already", { cause });
}

async function isSameFile(disk: Disk, temp: FilePath, path: FilePath): Promise<boolean> {
  const own = await disk.stat(temp);
  return own !== undefined && own.fingerprint === (await disk.stat(path))?.fingerprint;
}
