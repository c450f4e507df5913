import type { Limits } from "#limits.ts";
import { HubError } from "#model/hub-error.ts";
import type { ObjectType } from "#model/repository.ts";
import type { Core } from "../core.ts";
import { makeRoom } from "../removal/make-room.ts";
import { typeFolder } from "./object-path.ts";
import type { OpenRepository } from "./open-repository.ts";

/** What is about to be stored; `sizeBytes` is undefined when its sender has not said. */
export interface Incoming {
  readonly type: ObjectType;
  readonly sizeBytes: number | undefined;
}

/**
 * Throws `storage_full` when a pack would go into the disk's reserve, and `forbidden` when the repository has more locks than any
 * set of real clients makes. Indexes, snapshots and locks may use the reserve: without them a full repository could not even be pruned.
 */
export async function requireRoom(
  core: Core,
  repository: OpenRepository,
  { type, sizeBytes = 0 }: Incoming,
  signal: AbortSignal,
): Promise<void> {
  if (type === "data") {
    const folder = typeFolder(repository, type);
    // A second time, because what one upload has made room for another may have taken.
    for (let tries = 0; ; tries += 1) {
      const { freeBytes, totalBytes } = await core.storage.space(folder, signal);
      const missingBytes = reserveOf(core.limits, totalBytes) - (freeBytes - sizeBytes);
      if (missingBytes <= 0) break;
      if (tries >= 2 || (await makeRoom(core, { missingBytes, near: folder })) === 0) {
        throw new HubError("storage_full", "The backup server has too little free space; its reserve is reached");
      }
      signal.throwIfAborted();
    }
  }
  if (type === "locks") {
    let locks = 0;
    for await (const _ of core.storage.list(typeFolder(repository, "locks"), signal)) locks += 1;
    if (locks >= core.limits.locksPerRepository) throw new HubError("forbidden", "This repository has too many locks; run: restic unlock");
  }
}

/** Bytes that are to stay free on a disk of `totalBytes`. */
export function reserveOf(limits: Limits, totalBytes: number): number {
  return Math.max(limits.reserveBytes, Math.ceil(totalBytes * limits.reserveShare));
}
