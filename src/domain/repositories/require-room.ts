import type { Limits } from "#limits.ts";
import { HubError } from "#model/hub-error.ts";
import { CLEAN_UP_BYTES, type CountedType, isForCleanUp, LAST_BYTES } from "#model/quota.ts";
import type { Core } from "../core.ts";
import { makeRoom } from "../removal/make-room.ts";
import { typeFolder } from "./object-path.ts";
import type { OpenRepository } from "./open-repository.ts";
import { UploadRoom } from "./upload-room.ts";

/** What is about to be stored; `sizeBytes` is undefined when its sender has not said. */
export interface Incoming {
  readonly type: CountedType;
  readonly sizeBytes: number | undefined;
}

const MOST_TRIES = 2;

/**
 * Room for one object, until it is disposed: what is still to come of it is not there for others of this process. Throws `storage_full` when it would go further into the disk's reserve than its type may, and
 * `forbidden` when the repository has more locks than any set of real clients makes. Packs and configs may not go into the reserve; locks
 * may, and indexes, snapshots and keys, those but for a part of it that is for those who may remove: without it a full repository could not
 * even be pruned. Its last part is for nothing that is stored.
 */
export async function requireRoom(
  core: Core,
  repository: OpenRepository,
  { type, sizeBytes = 0 }: Incoming,
  signal: AbortSignal,
): Promise<UploadRoom> {
  using room = new DisposableStack();
  if (type === "locks") {
    const { before } = room.use(core.uploads.enterLock(repository.path.text));
    let locks = before;
    for await (const _ of core.storage.list(typeFolder(repository, "locks"), signal)) locks += 1;
    if (locks >= core.limits.locksPerRepository) throw new HubError("forbidden", "This repository has too many locks; run: restic unlock");
  }
  const mayCleanUp = repository.allows("remove");
  const folder = type === "config" ? repository.folder : typeFolder(repository, type);
  // More than once, because what one upload has made room for another may have taken.
  for (let tries = 0; ; tries += 1) {
    const { freeBytes, totalBytes } = await core.storage.space(folder, signal);
    const home = core.storage.homeOf(folder);
    const missingBytes =
      keptFrom({ type, mayCleanUp, reserveBytes: reserveOf(core.limits, totalBytes) }) +
      sizeBytes -
      (freeBytes - core.uploads.pending.of(home));
    if (missingBytes <= 0) return new UploadRoom(room.move(), core.uploads.pending.expect(home, sizeBytes));
    // What lies in the trash and is past its hold goes before anybody is refused.
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

/** Bytes of the disk that this object must leave free. */
function keptFrom({ type, mayCleanUp, reserveBytes }: { type: CountedType; mayCleanUp: boolean; reserveBytes: number }): number {
  if (type !== "locks" && !isForCleanUp(type)) return reserveBytes;
  return Math.min(type === "locks" || mayCleanUp ? LAST_BYTES : CLEAN_UP_BYTES, reserveBytes);
}
