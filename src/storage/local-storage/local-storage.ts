import { mkdir, open, statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { DiskDriver } from "../disk/disk-driver.ts";
import type { DiskOptions } from "../disk/disk-parts.ts";
import { NodeDisk } from "./node-disk.ts";

export interface LocalStorageOptions extends DiskOptions {
  /** Folder that holds everything. Nothing outside it is touched. */
  readonly root: string;
}

// `f_type` of file systems over a network or behind another process, where any call may wait for somebody: NFS, SMB (three
// numbers), FUSE, Ceph, 9P, AFS, Coda.
const REMOTE_TYPES: ReadonlySet<number> = new Set([
  0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x65735546, 0x00c36400, 0x01021997, 0x5346414f, 0x73757245,
]);

/** Files in a folder of this machine, laid out as their paths say: without the hub they are still what they were. */
export class LocalStorage extends DiskDriver {
  /** Makes the folder where it is missing, and opens it. Throws the system's error when it cannot be made or is no folder. */
  static async open(options: LocalStorageOptions): Promise<LocalStorage> {
    const root = resolve(options.root);
    const firstMade = await mkdir(root, { recursive: true, mode: options.folderMode ?? 0o700 });
    if (firstMade !== undefined) await syncDownTo(dirname(firstMade), root);
    const { type } = await statfs(root);
    return new LocalStorage(new NodeDisk(root, { quick: !REMOTE_TYPES.has(type) }), options);
  }
}

/** Makes the new folders between `top` and `root` durable, names first in `top`. */
async function syncDownTo(top: string, root: string): Promise<void> {
  for (let folder = dirname(root); ; folder = dirname(folder)) {
    await using handle = await open(folder, "r");
    await handle.sync().catch(() => undefined); // where folders cannot be synced the first upload says so
    if (folder === top || folder === dirname(folder)) return;
  }
}
