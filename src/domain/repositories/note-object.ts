import type { ObjectName, ObjectType } from "#model/repository.ts";
import type { Core } from "../core.ts";
import type { OpenRepository } from "./open-repository.ts";

/** Tells whoever watches that an upload has been taken. Its room was settled with the quotas before. */
export function noteStored(
  core: Core,
  repository: OpenRepository,
  object: ObjectName & { readonly type: ObjectType },
  stored: { readonly sizeBytes: number; readonly isNew: boolean },
): void {
  core.activity.stored(repository, object, stored);
  if (!stored.isNew) return;
  const counts = core.traffic.of(repository, object.type);
  counts.writes += 1;
  counts.writtenBytes += stored.sizeBytes;
}

/** Tells whoever watches that an object has gone; resolves to what went. */
export function noteRemoved(
  core: Core,
  repository: OpenRepository,
  object: ObjectName,
  gone: { readonly sizeBytes: number },
): { readonly sizeBytes: number } {
  core.activity.removed(repository, object, gone);
  if (object.type === "config") return gone;
  const counts = core.traffic.of(repository, object.type);
  counts.deletes += 1;
  counts.deletedBytes += gone.sizeBytes;
  return gone;
}
