import { findOperationChange } from "#db/operations.ts";
import type { Operation } from "#model/operation.ts";
import type { OperationFilter } from "#model/operation-filter.ts";
import type { Core } from "../core.ts";

/**
 * What a reader of the timeline is told.
 *
 * - `operation`  one that is new or has changed, as it is now; its `change` is the resume id
 * - `reset`      what came after the resume id is not all kept any more: read the list again, and go on after `change`
 * - `caught_up`  all until `change` has been told; what follows is news. Also told when lines that were not meant have moved the end on
 * - `quiet`      nothing was told for `quietMs`
 */
export type TimelineEvent =
  | { readonly kind: "operation"; readonly operation: Operation }
  | { readonly kind: "reset"; readonly change: number }
  | { readonly kind: "caught_up"; readonly change: number }
  | { readonly kind: "quiet" };

export interface FollowOptions {
  /** Resume id: the last change that the reader has seen; undefined to begin now. */
  readonly after?: number | undefined;
  readonly filter?: OperationFilter;
  /** How long it may say nothing; without it, for as long as nothing happens. */
  readonly quietMs?: number | undefined;
  /** How many lines it may hold; 250 unless said. */
  readonly mostLines?: number | undefined;
}

/**
 * The changes of the timeline as they happen, each once and in order, until `signal` aborts; of a line that changed several times
 * while nobody read, the last. A slow reader holds nothing up and holds nothing but its place: it reads on in the database. Throws
 * what the database throws.
 */
export async function* followOperations(
  core: Pick<Core, "database" | "timelineBus">,
  { after, filter = {}, quietMs, mostLines }: FollowOptions,
  signal: AbortSignal,
): AsyncGenerator<TimelineEvent> {
  using following = core.timelineBus.follow();
  let change = after ?? (await findOperationChange(core.database.read));
  let told: number | undefined;
  let toldAtMs = performance.now();
  while (!signal.aborted) {
    if (quietMs !== undefined && performance.now() - toldAtMs >= quietMs) {
      yield { kind: "quiet" };
      toldAtMs = performance.now();
    }
    const mark = following.mark();
    const page = await core.database.list("listOperationChanges", { after: change, filter, limit: mostLines });
    change = page.change;
    if (page.isReset) {
      yield { kind: "reset", change };
      toldAtMs = performance.now();
      continue;
    }
    for (const operation of page.operations) {
      if (signal.aborted) return;
      yield { kind: "operation", operation };
      toldAtMs = performance.now();
    }
    if (page.isFull) continue;
    if (told !== change) {
      yield { kind: "caught_up", change };
      toldAtMs = performance.now();
    }
    told = change;
    await following.changedSince(mark, signal, quietMs === undefined ? undefined : Math.max(1, toldAtMs + quietMs - performance.now()));
  }
}
