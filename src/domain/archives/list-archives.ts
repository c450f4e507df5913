import { findNewestOrdinal } from "#db/archives.ts";
import type { Archive } from "#model/archive.ts";
import type { Core } from "../core.ts";
import type { OpenArchives } from "./open-archives.ts";

/**
 * All live archives in the order in which they came, as they were when it began: what comes meanwhile is left out. A page at a time is in
 * memory, and whoever reads decides when the next is asked for. `after`: those behind this ordinal. Throws `forbidden`.
 */
export async function* listArchives(
  core: Core,
  archives: OpenArchives,
  { after: first = 0, signal }: { readonly after?: number | undefined; readonly signal: AbortSignal },
): AsyncGenerator<readonly Archive[], void, undefined> {
  archives.require("read");
  const { accountId, door } = archives;
  const limit = core.limits.archivesPerLook;
  const upTo = await findNewestOrdinal(core.database.read, accountId);
  for (let after = first; ; ) {
    signal.throwIfAborted();
    const page = await core.database.list("listArchives", { accountId, door, after, upTo, limit });
    const now = core.time.moment();
    const live = page.filter((archive) => archives.isLive(archive, now));
    if (live.length > 0) yield live;
    if (page.length < limit) return;
    after = page.at(-1)?.ordinal ?? upTo;
  }
}
