import { findHubClock, findTrashHours } from "#db/trash-time.ts";
import { modeAt } from "#model/mode.ts";
import type { FilePath } from "#storage/file-path.ts";
import { parseTrashBatch, type TrashedFile } from "#storage/trash-batch.ts";
import type { Core } from "../core.ts";
import { mayErase } from "./may-remove.ts";
import { trashedNameOf } from "./trash-path.ts";

// An hour is noted when it is first used, and is used for no longer than an hour after that.
const HOUR_MS = 3_600_000;

export interface Erased {
  readonly files: number;
  readonly sizeBytes: number;
}

export interface EraseBatchesOptions {
  /** Only what has been in the trash for longer than this, by the wall clock and by the time that the hub has run. */
  readonly ageMs: number;
  /** The operator lets go what is younger too. */
  readonly waived?: boolean;
  /** What belongs to a repository that is in a mode goes too: who has set it lets it go. */
  readonly evenInMode?: boolean;
  /** Only what lies on the same disk as this path. */
  readonly near?: FilePath;
  /** Stops when this much has gone. */
  readonly enoughBytes?: number;
  /** What has gone is added here batch by batch, so that it is known when an error or the end of the caller's patience ends it. */
  readonly tally?: { files: number; sizeBytes: number };
}

/** Erases what `mayErase` lets go and what lies in no repository that is in a mode, the oldest first. */
export async function eraseBatches(core: Core, options: EraseBatchesOptions, signal: AbortSignal): Promise<Erased> {
  const {
    ageMs,
    waived = false,
    evenInMode = false,
    near,
    enoughBytes = Number.POSITIVE_INFINITY,
    tally = { files: 0, sizeBytes: 0 },
  } = options;
  const [{ runningMs }, usedAt] = [await findHubClock(core.database.read), await findTrashHours(core.database.read)];
  for (const batch of await core.storage.listTrashBatches(signal)) {
    const { hour, endsAtMs } = parseTrashBatch(batch) ?? { hour: "", endsAtMs: Number.POSITIVE_INFINITY };
    const usedAtMs = usedAt.get(hour);
    const hasRun = usedAtMs !== undefined && runningMs - usedAtMs >= ageMs + HOUR_MS;
    // Looked at again for each file: a clock that is set back meanwhile stops it.
    const trashHold = () => (hasRun && core.time.moment().earliestMs >= endsAtMs + ageMs ? "past" : waived ? "waived" : "running");
    if (trashHold() === "running") continue;
    const may = async (file: TrashedFile): Promise<boolean> => {
      const repository = trashedNameOf(file.path)?.repository;
      if (!evenInMode && repository !== undefined && modeAt((await core.access.rules()).modes, repository) !== undefined) return false;
      const { holds } = repository === undefined ? { holds: [] } : await core.access.removalSettings(repository);
      const object = { repository, storedAtMs: file.modifiedAtMs, trashHold: trashHold() } as const;
      return mayErase(object, core.time.moment(), { holds }).allowed;
    };
    const erased = await core.storage.eraseFromTrash(batch, { mayErase: may, near, enoughBytes: enoughBytes - tally.sizeBytes }, signal);
    tally.files += erased.files;
    tally.sizeBytes += erased.sizeBytes;
    if (tally.sizeBytes >= enoughBytes) break;
  }
  return tally;
}
