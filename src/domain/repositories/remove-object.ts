import { HubError } from "#model/hub-error.ts";
import type { ObjectName } from "#model/repository.ts";
import type { Core } from "../core.ts";
import { mayRemove } from "../removal/may-remove.ts";
import { objectPath } from "./object-path.ts";
import type { OpenRepository } from "./open-repository.ts";

/**
 * Takes an object away, durably. One that was not there is fine: restic sends the same DELETE again when an answer is lost. Throws
 * `append_only` or `forbidden`, there or not.
 */
export async function removeObject(core: Core, repository: OpenRepository, object: ObjectName, signal: AbortSignal): Promise<void> {
  const decision = mayRemove(object, { role: repository.role });
  if (!decision.allowed) throw new HubError(decision.code, decision.reason);
  const path = objectPath(repository, object);
  const there = await core.storage.stat(path, signal);
  const isGone = await core.storage.erase(path, signal);
  if (isGone) core.activity.removed(repository, object, { sizeBytes: there.kind === "file" ? there.sizeBytes : 0 });
}
