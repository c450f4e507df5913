import type { Limits } from "#limits.ts";
import { HubError } from "#model/hub-error.ts";
import type { FilePath } from "#storage/file-path.ts";
import type { Core } from "../core.ts";
import { makeRoom } from "../removal/make-room.ts";
import { UploadRoom } from "./upload-room.ts";

const MOST_TRIES = 2;

export interface DiskRoomWanted {
  /** Where it goes. */
  readonly folder: FilePath;
  readonly sizeBytes: number;
  /** What must stay free behind it, of a disk with this reserve. */
  readonly keptBytes: (reserveBytes: number) => number;
}

/**
 * Room on the disk, until it is disposed: what is still to come is not there for others of this process. What lies in the trash and is
 * past its hold goes before anybody is refused. Throws `storage_full`.
 */
export async function takeDiskRoom(core: Core, { folder, sizeBytes, keptBytes }: DiskRoomWanted, signal: AbortSignal): Promise<UploadRoom> {
  // More than once, because what one upload has made room for another may have taken.
  for (let tries = 0; ; tries += 1) {
    const { freeBytes, totalBytes } = await core.storage.space(folder, signal);
    const home = core.storage.homeOf(folder);
    const missingBytes = keptBytes(reserveOf(core.limits, totalBytes)) + sizeBytes - (freeBytes - core.uploads.pending.of(home));
    if (missingBytes <= 0) return new UploadRoom(core.uploads.pending.expect(home, sizeBytes));
    if (tries === MOST_TRIES || (await makeRoom(core, { missingBytes, near: folder })) === 0) {
      throw new HubError("storage_full", "The backup server has too little free space; its reserve is reached");
    }
    signal.throwIfAborted();
  }
}

/** Bytes that are to stay free on a disk of `totalBytes`. */
export function reserveOf(limits: Limits, totalBytes: number): number {
  return Math.max(limits.reserveBytes, Math.ceil(totalBytes * limits.reserveShare));
}
