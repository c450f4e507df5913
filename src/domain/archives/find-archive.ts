import { findArchive } from "#db/archives.ts";
import type { Archive } from "#model/archive.ts";
import type { Core } from "../core.ts";
import type { OpenArchives } from "./open-archives.ts";

/** The live archive of that name; undefined when there is none, or its time is over. */
export async function findLiveArchive(core: Core, archives: OpenArchives, name: string): Promise<Archive | undefined> {
  const { accountId, door } = archives;
  const archive = await findArchive(core.database.read, { accountId, door, name });
  return archive !== undefined && archives.isLive(archive, core.time.moment()) ? archive : undefined;
}
