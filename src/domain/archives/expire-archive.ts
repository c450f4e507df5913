import { findArchive } from "#db/archives.ts";
import type { Archive } from "#model/archive.ts";
import { below } from "#storage/file-path.ts";
import type { Core } from "../core.ts";
import { mayExpire } from "../removal/may-expire.ts";
import { moveObjectToTrash } from "../removal/move-object-to-trash.ts";
import { archiveFolder, type OpenArchives, sidecarPath } from "./open-archives.ts";

/** Ends the archive of that name if its time is over. False when there is none, or it has time left. */
export async function expireArchive(core: Core, archives: OpenArchives, name: string): Promise<boolean> {
  const { accountId, door } = archives;
  const archive = await findArchive(core.database.read, { accountId, door, name });
  if (archive === undefined || !mayExpire(archive, "time", core.time.moment(), archives.retention).allowed) return false;
  if (!(await core.database.write("expireArchive", { id: archive.id, nowMs: core.clock() }))) return false;
  await moveExpiredToTrash(core, archive, archives);
  return true;
}

/**
 * Takes the file of an archive that has expired into the trash, where it stays as long as everything does; then its place and its room are
 * free. May be asked for by anyone at any time: who does not get hold of the row touches nothing, for the place may be another's by now.
 */
export async function moveExpiredToTrash(
  core: Core,
  { id, door, storedName }: Pick<Archive, "id" | "door" | "storedName">,
  { accountName }: { readonly accountName: string },
): Promise<void> {
  const folder = archiveFolder({ door, accountName });
  const { signal } = new AbortController(); // it is not the client's any more
  const by = core.quotas.process;
  if (!(await core.database.write("claimExpiredArchive", { id, by }))) return;
  try {
    if ((await moveObjectToTrash(core, below(folder, storedName), signal)) === undefined) {
      core.log.warn("the file of an archive that expired was not in its place", { archive: id });
    }
    await moveObjectToTrash(core, sidecarPath(folder, id), signal);
    await core.database.write("archiveLeft", { id, by, nowMs: core.clock() });
  } catch (error) {
    await core.database.write("releaseExpiredArchive", { id, by }).catch((again: unknown) => {
      core.log.warn("an expired archive stays in hand until this process ends", { archive: id, error: again });
    });
    throw error;
  }
}
