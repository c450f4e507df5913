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
 */
export type TimelineEvent =
  | { readonly kind: "operation"; readonly operation: Operation }
  | { readonly kind: "reset"; readonly change: number }
  | { readonly kind: "caught_up"; readonly change: number };

export interface FollowOptions {
  /** Resume id: the last change that the reader has seen; undefined to begin now. */
  readonly after?: number | undefined;
  readonly filter?: OperationFilter;
}

/**
 * The changes of the timeline as they happen, each once and in order, until `signal` aborts; of a line that changed several times
 * while nobody read, the last. A slow reader holds nothing up and holds nothing but its place: it reads on in the database. Throws
 * what the database throws.
 */
export async function* followOperations(
  core: Pick<Core, "database" | "timelineBus">,
  { after, filter = {} }: FollowOptions,
  signal: AbortSignal,
): AsyncGenerator<TimelineEvent> {
  using following = core.timelineBus.follow();
  let change = after ?? (await findOperationChange(core.database.read));
  let told: number | undefined;
  while (!signal.aborted) {
    const mark = following.mark();
    const page = await core.database.list("listOperationChanges", { after: change, filter });
    change = page.change;
    if (page.isReset) {
      yield { kind: "reset", change };
      continue;
    }
    for (const operation of page.operations) {
      if (signal.aborted) return;
      yield { kind: "operation", operation };
    }
    if (page.isFull) continue;
    if (told !== change) yield { kind: "caught_up", change };
    told = change;
    await following.changedSince(mark, signal);
  }
}
