import { formatBytes } from "#lib/format-bytes.ts";
import type { Actor } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import type { RepositoryPath } from "#model/repository.ts";
import type { FilePath } from "#storage/file-path.ts";
import { parseTrashBatch } from "#storage/trash-batch.ts";
import type { Core } from "../core.ts";
import { readTrashSelection, trashedObjectAt } from "./trash-path.ts";

/** What a restore has done. */
export interface Restored {
  /** `/laptop/photos/` */
  readonly repository: string;
  readonly objects: number;
  readonly sizeBytes: number;
  /** Whose bytes were at their place already; they are in the trash as well until their time is over. */
  readonly alreadyThere: number;
  /** The first of those that stay in the trash because something else is at their place, and how many there are. */
  readonly inTheWay: { readonly count: number; readonly paths: readonly string[] };
}

const SHOWN_PATHS = 20;

/**
 * Brings back from the trash what lay at `path`: a repository, one type of its objects, or one object. Of several versions of one object
 * the latest removed comes back, or that of `at`, an hour as `listTrash` tells it. Never over something else. Throws
 * `invalid_input`, `not_found` when there is no such thing in the trash. When it breaks off, what came back until then stays, and the
 * timeline says so. Only for who may both add and remove there.
 */
export async function restoreTrash(
  core: Core,
  by: Actor,
  { path, at }: { readonly path: string; readonly at?: string | undefined },
  signal: AbortSignal,
): Promise<Restored> {
  const { repository, places } = readTrashSelection(core, path);
  if (at !== undefined && parseTrashBatch(at) === undefined) {
    throw new HubError("invalid_input", "An hour of the trash is written as 2026-11-21T17");
  }
  const batches = (await core.storage.listTrashBatches(signal)).filter((batch) => at === undefined || isOf(at, batch)).reverse();
  const startedAtMs = core.clock();
  const done = { repository: repository.text, objects: 0, sizeBytes: 0, alreadyThere: 0, inTheWay: { count: 0, paths: [] as string[] } };
  let isWhole = false;
  try {
    for (const below of places) {
      for (const batch of batches) await restoreBatch(core, { batch, below, repository, done }, signal);
    }
    isWhole = true;
  } finally {
    if (done.objects + done.alreadyThere + done.inTheWay.count > 0) record(core, by, { done, startedAtMs, isWhole });
  }
  if (done.objects + done.alreadyThere + done.inTheWay.count === 0)
    throw new HubError("not_found", "There is nothing of this in the trash");
  return done;
}

function record(
  core: Core,
  by: Actor,
  { done, startedAtMs, isWhole }: { readonly done: Restored; readonly startedAtMs: number; readonly isWhole: boolean },
): void {
  const { repository, objects, sizeBytes, alreadyThere, inTheWay } = done;
  core.timeline.record({
    kind: "trash.restored",
    status: isWhole && inTheWay.count === 0 ? "succeeded" : "warning",
    startedAtMs,
    endedAtMs: core.clock(),
    actor: by,
    repository,
    summary: `${objects} objects with ${formatBytes(sizeBytes)} came back from the trash to ${repository}${isWhole ? "" : ", and then it broke off"}`,
    details: { objects, sizeBytes, alreadyThere, inTheWay: inTheWay.count },
  });
}

/** `2026-11-21T17` means all of its rounds, `2026-11-21T17~2` that one alone. */
function isOf(at: string, batch: string): boolean {
  return batch === at || parseTrashBatch(batch)?.hour === at;
}

type Tally = { -readonly [Key in keyof Restored]: Restored[Key] } & { readonly inTheWay: { count: number; paths: string[] } };

async function restoreBatch(
  core: Core,
  {
    batch,
    below,
    repository,
    done,
  }: { readonly batch: string; readonly below: FilePath; readonly repository: RepositoryPath; readonly done: Tally },
  signal: AbortSignal,
): Promise<void> {
  for await (const item of core.storage.listTrash({ batch, below }, signal)) {
    if (item.kind === "gap") throw new HubError("damaged", "A part of the trash cannot be read", { cause: item.cause });
    try {
      const outcome = await core.storage.restoreFromTrash(item, signal);
      if (outcome === "already there") {
        done.alreadyThere += 1;
        continue;
      }
      core.quotas.trashGrew(-item.sizeBytes);
      done.objects += 1;
      done.sizeBytes += item.sizeBytes;
      const object = trashedObjectAt(item.path);
      if (object !== undefined) await core.quotas.stored({ path: repository }, object, item.sizeBytes);
    } catch (error) {
      if (error instanceof HubError && error.code === "not_found") continue; // somebody else was quicker
      if (!(error instanceof HubError && error.code === "already_exists")) {
        if (!signal.aborted) core.quotas.doubt(repository.text); // it may have come back all the same
        throw error;
      }
      done.inTheWay.count += 1;
      if (done.inTheWay.paths.length < SHOWN_PATHS) done.inTheWay.paths.push(item.path);
    }
  }
}
