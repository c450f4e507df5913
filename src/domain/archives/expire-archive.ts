import { findArchive } from "#db/archives.ts";
import type { Archive } from "#model/archive.ts";
import type { FilePath } from "#storage/file-path.ts";
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
  await core.database.write("expireArchive", { id: archive.id, nowMs: core.clock() });
  await moveExpiredToTrash(core, archive, archives);
  return true;
}

/**
 * Takes the file of an archive that has expired into the trash, where it stays as long as everything does; then its place and its room are
 * free. May be repeated by anyone at any time: what expired stays expired, and its place is not given to another before this is done.
 */
export async function moveExpiredToTrash(
  core: Core,
  archive: Pick<Archive, "id" | "door" | "storedName">,
  { accountName }: { readonly accountName: string },
): Promise<void> {
  const folder = archiveFolder({ door: archive.door, accountName });
  const { signal } = new AbortController(); // it is not the client's any more
  const move = async (path: FilePath) => await moveObjectToTrash(core, path, signal);
  if ((await move(below(folder, archive.storedName))) === undefined) {
    core.log.warn("the file of an archive that expired was not in its place", { archive: archive.id });
  }
  await move(sidecarPath(folder, archive.id));
  await core.database.write("archiveLeft", { id: archive.id, nowMs: core.clock() });
}
