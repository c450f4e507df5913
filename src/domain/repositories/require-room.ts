import { HubError } from "#model/hub-error.ts";
import { CLEAN_UP_BYTES, type CountedType, isForCleanUp, LAST_BYTES } from "#model/quota.ts";
import type { Core } from "../core.ts";
import { takeDiskRoom } from "../quotas/take-disk-room.ts";
import type { UploadRoom } from "../quotas/upload-room.ts";
import { typeFolder } from "./object-path.ts";
import type { OpenRepository } from "./open-repository.ts";

/** What is about to be stored; `sizeBytes` is undefined when its sender has not said. */
export interface Incoming {
  readonly type: CountedType;
  readonly sizeBytes: number | undefined;
}

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
): Promise<Pick<UploadRoom, "filling"> & Disposable> {
  using stack = new DisposableStack();
  if (type === "locks") {
    const { before } = stack.use(core.uploads.enterLock(repository.path.text));
    let locks = before;
    for await (const _ of core.storage.list(typeFolder(repository, "locks"), signal)) locks += 1;
    if (locks >= core.limits.locksPerRepository) throw new HubError("forbidden", "This repository has too many locks; run: restic unlock");
  }
  const mayCleanUp = repository.allows("remove");
  const folder = type === "config" ? repository.folder : typeFolder(repository, type);
  const keptBytes = (reserveBytes: number) => keptFrom({ type, mayCleanUp, reserveBytes });
  const disk = stack.use(await takeDiskRoom(core, { folder, sizeBytes, keptBytes }, signal));
  const owned = stack.move();
  return { filling: (body, lookAgain) => disk.filling(body, lookAgain), [Symbol.dispose]: () => owned.dispose() };
}

/** Bytes of the disk that this object must leave free. */
function keptFrom({ type, mayCleanUp, reserveBytes }: { type: CountedType; mayCleanUp: boolean; reserveBytes: number }): number {
  if (type !== "locks" && !isForCleanUp(type)) return reserveBytes;
  return Math.min(type === "locks" || mayCleanUp ? LAST_BYTES : CLEAN_UP_BYTES, reserveBytes);
}
