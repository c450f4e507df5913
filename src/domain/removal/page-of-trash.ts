import { type FilePath, filePath } from "#storage/file-path.ts";
import { compareTrashBatches, parseTrashBatch } from "#storage/trash-batch.ts";
import type { Caller } from "../access/caller.ts";
import { readPath } from "../access/set-grant.ts";
import type { Core } from "../core.ts";
import { summarizeBatch, type TrashSummary } from "./list-trash.ts";
import { readTrashSelection } from "./trash-path.ts";

const HOUR_MS = 3_600_000;

// Each batch is looked through on the disk. Nobody should wait for weeks of them where little of it is theirs.
const LONG_ENOUGH_MS = 5000;

/** Behind every path of a repository, which begins with a slash. */
const WHOLE_BATCH = "~";

/** The place behind which a page begins; `repository` is empty for what belongs to none. */
export interface TrashPlace {
  readonly batch: string;
  readonly repository: string;
}

export interface TrashPage {
  /** At most as many as asked for, and sometimes fewer although there are more. */
  readonly sums: readonly TrashSummary[];
  /** Undefined: there are no more. */
  readonly next: TrashPlace | undefined;
}

export interface TrashFilter {
  readonly after: TrashPlace | undefined;
  readonly limit: number;
  /** A repository, one type of its objects, or one object. */
  readonly path: string | undefined;
  /** Only hours that are not over at this time. */
  readonly fromMs: number | undefined;
  /** Only hours that have begun before this time. */
  readonly untilMs: number | undefined;
}

/**
 * The trash by hour and repository, the oldest first, as far as it exists for `caller`: for an account that of the repositories it has a
 * role on, and no other part is looked at. Throws `damaged`, `invalid_input`.
 */
export async function pageOfTrash(core: Core, caller: Caller, filter: TrashFilter, signal: AbortSignal): Promise<TrashPage> {
  const { after, limit } = filter;
  const startedAtMs = performance.now();
  const places = placesOf(core, caller, filter.path);
  const sums: TrashSummary[] = [];
  if (places.length === 0) return { sums, next: undefined };
  const batches = (await core.storage.listTrashBatches(signal)).filter((batch) => isWithin(batch, filter));
  for (const [index, batch] of batches.entries()) {
    for (const sum of await summarizeBatch(core, { batch, places }, signal)) {
      const repository = sum.repository ?? "";
      if (batch === after?.batch && repository <= after.repository) continue;
      if (caller.visitor !== undefined && (sum.repository === undefined || caller.roleOn(sum.repository) === undefined)) continue;
      sums.push(sum);
      if (sums.length === limit) return { sums, next: { batch, repository } };
    }
    if (index + 1 < batches.length && performance.now() - startedAtMs > LONG_ENOUGH_MS) {
      return { sums, next: { batch, repository: WHOLE_BATCH } };
    }
  }
  return { sums, next: undefined };
}

/** Where the things may have lain that are looked for; undefined for anywhere. */
function placesOf(core: Core, caller: Caller, path: string | undefined): readonly (FilePath | undefined)[] {
  if (path !== undefined) {
    const { repository, places } = readTrashSelection(core, path);
    return caller.roleOn(repository.text) === undefined ? [] : places;
  }
  return caller.rootsWith()?.map((root) => filePath("restic", ...readPath(core, root).segments)) ?? [undefined];
}

function isWithin(batch: string, { after, fromMs, untilMs }: TrashFilter): boolean {
  if (after !== undefined && compareTrashBatches(batch, after.batch) < 0) return false;
  const endsAtMs = parseTrashBatch(batch)?.endsAtMs ?? 0;
  return (fromMs === undefined || endsAtMs > fromMs) && (untilMs === undefined || endsAtMs - HOUR_MS < untilMs);
}
