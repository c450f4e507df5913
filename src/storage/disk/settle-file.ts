import { HubError } from "#model/hub-error.ts";
import { type FilePath, parentOf } from "../file-path.ts";
import type { DiskParts } from "./disk-parts.ts";

/**
 * Makes a file that is there durable, with its name and the folders above it, whoever wrote it. Throws the system's error; `damaged` when it has
 * thrown for this file before, in whichever process: after a failed sync Linux takes the pages for clean, so the next one says yes and has
 * written nothing.
 */
export async function settleFile({ disk, sync, folders, unsynced }: DiskParts, path: FilePath): Promise<void> {
  const file = await disk.openToRead(path);
  try {
    await requireNoDoubt();
    await syncOrDoubt();
    await requireNoDoubt(); // another process may have been told of the failure after our first look
  } finally {
    await disk.close(file);
  }
  await Promise.all([sync.syncFolder(parentOf(path)), folders.settle(parentOf(path))]);

  async function requireNoDoubt(): Promise<void> {
    if (await unsynced.has(path)) throw new HubError("damaged", "A stored file may be in memory alone; send it again");
  }

  async function syncOrDoubt(): Promise<void> {
    try {
      await sync.syncFile(file);
    } catch (error) {
      await unsynced.add(path);
      throw error;
    }
  }
}
