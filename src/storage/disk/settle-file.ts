import { type FilePath, parentOf } from "../file-path.ts";
import type { DiskParts } from "./disk-parts.ts";

/** Makes a file that is there durable, with its name and the folders above it, whoever wrote it. Throws the system's error. */
export async function settleFile({ disk, sync, folders }: DiskParts, path: FilePath): Promise<void> {
  const file = await disk.openToRead(path);
  try {
    await sync.syncFile(file);
  } finally {
    await disk.close(file);
  }
  await Promise.all([sync.syncFolder(parentOf(path)), folders.settle(parentOf(path))]);
}
