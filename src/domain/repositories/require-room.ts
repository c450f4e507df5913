import type { Limits } from "#limits.ts";
import { HubError } from "#model/hub-error.ts";
import { CLEAN_UP_BYTES, type CountedType, isForCleanUp } from "#model/quota.ts";
import type { Core } from "../core.ts";
import { makeRoom } from "../removal/make-room.ts";
import { typeFolder } from "./object-path.ts";
import type { OpenRepository } from "./open-repository.ts";

/** What is about to be stored; `sizeBytes` is undefined when its sender has not said. */
export interface Incoming {
  readonly type: CountedType;
  readonly sizeBytes: number | undefined;
}

const MOST_TRIES = 2;

/**
 * Throws `storage_full` when an object would go further into the disk's reserve than its type may, and `forbidden` when the repository has
 * more locks than any set of real clients makes. Packs and configs may not go into the reserve; indexes, snapshots and keys may, but for
 * its last part, which is for those who may remove: without it a full repository could not even be pruned. Locks are never refused for it.
 */
export async function requireRoom(
  core: Core,
  repository: OpenRepository,
  { type, sizeBytes = 0 }: Incoming,
  signal: AbortSignal,
): Promise<void> {
  if (type === "locks") {
    let locks = 0;
    for await (const _ of core.storage.list(typeFolder(repository, "locks"), signal)) locks += 1;
    if (locks >= core.limits.locksPerRepository) throw new HubError("forbidden", "This repository has too many locks; run: restic unlock");
    return;
  }
  const mayCleanUp = repository.allows("remove");
  const folder = type === "config" ? repository.folder : typeFolder(repository, type);
  // More than once, because what one upload has made room for another may have taken.
  for (let tries = 0; ; tries += 1) {
    const { freeBytes, totalBytes } = await core.storage.space(folder, signal);
    const missingBytes = keptFrom({ type, mayCleanUp, reserveBytes: reserveOf(core.limits, totalBytes) }) + sizeBytes - freeBytes;
    if (missingBytes <= 0) return;
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
  if (!isForCleanUp(type)) return reserveBytes;
  return mayCleanUp ? 0 : Math.min(CLEAN_UP_BYTES, reserveBytes);
}
