import type { StorageHealth } from "../driver.ts";
import { filePath } from "../file-path.ts";
import type { DiskParts } from "./disk-parts.ts";
import { removeTemp, writeWhole } from "./temp-file.ts";
import { tempBeside } from "./temp-name.ts";

/** Writes, syncs and removes a probe file in the root; see `Driver.check`. */
export async function checkDisk(parts: DiskParts, signal: AbortSignal): Promise<StorageHealth> {
  signal.throwIfAborted();
  const space = await parts.disk.space(filePath());
  try {
    await probe(parts);
    return { writable: true, problem: undefined, ...space };
  } catch (error) {
    return { writable: false, problem: `It cannot be written: ${error instanceof Error ? error.message : error}`, ...space };
  }
}

async function probe(parts: DiskParts): Promise<void> {
  const { disk, sync } = parts;
  const temp = tempBeside(filePath()); // a name that the sweep knows, should this be the last thing we do
  const file = await disk.createFile(temp, 0o600);
  try {
    await writeWhole(disk, file, Buffer.from("probe"), 0);
    await sync.syncFile(file);
  } finally {
    await removeTemp(parts, { temp, file });
  }
}
