import { HubError } from "#model/hub-error.ts";
import type { ObjectName } from "#model/repository.ts";
import type { FilePath } from "#storage/file-path.ts";
import type { Core } from "../core.ts";
import { mayRemove } from "../removal/may-remove.ts";
import { moveObjectToTrash } from "../removal/move-object-to-trash.ts";
import { noteRemoved } from "./note-object.ts";
import { objectPath } from "./object-path.ts";
import type { OpenRepository } from "./open-repository.ts";

/**
 * Takes an object away, durably: into the trash, a lock for good. One that was not there is fine: restic sends the same DELETE again
 * when an answer is lost. Resolves to what went. Throws `append_only` or `forbidden`, there or not;
 * `unavailable` in maintenance.
 */
export async function removeObject(
  core: Core,
  repository: OpenRepository,
  object: ObjectName,
  signal: AbortSignal,
): Promise<{ readonly sizeBytes: number } | undefined> {
  repository.requireMode(object.type === "locks" ? "lock" : "remove");
  const path = objectPath(repository, object);
  const settings = await core.access.removalSettings(repository.path.text);
  // Only a hold asks for it, and there is seldom one.
  const there = settings.holds.length > 0 && object.type !== "locks" ? await core.storage.stat(path, signal) : undefined;
  const storedAtMs = there?.kind === "file" ? there.modifiedAtMs : there?.kind === "absent" ? "absent" : undefined;
  const { actor, role } = repository;
  const names = actor.kind === "account" ? { login: actor.login, account: actor.name } : {};
  const asked = { repository: repository.path.text, type: object.type, storedAtMs } as const;
  const decision = mayRemove(asked, { role, ...names }, core.time.moment(), settings);
  if (!decision.allowed) throw new HubError(decision.code, decision.reason);

  const gone = await takeAway(core, repository, object, signal);
  return gone === undefined ? undefined : noteRemoved(core, repository, object, gone);
}

/** Resolves to what went. */
async function takeAway(
  core: Core,
  repository: OpenRepository,
  object: ObjectName,
  signal: AbortSignal,
): Promise<{ readonly sizeBytes: number } | undefined> {
  const path = objectPath(repository, object);
  using departure = await core.quotas.removing(repository, object);
  try {
    const gone = object.type === "locks" ? await eraseLock(core, path, signal) : await moveObjectToTrash(core, path, signal);
    if (gone === undefined) return undefined;
    departure.removed(gone.sizeBytes);
    return gone;
  } catch (error) {
    if (!signal.aborted) core.quotas.doubt(repository.path.text); // it may have gone all the same, and who asks again finds nothing there
    throw error;
  }
}

async function eraseLock({ storage }: Core, path: FilePath, signal: AbortSignal): Promise<{ readonly sizeBytes: number } | undefined> {
  const lock = await storage.stat(path, signal);
  if (!(await storage.erase(path, signal))) return undefined;
  return { sizeBytes: lock.kind === "file" ? lock.sizeBytes : 0 };
}
