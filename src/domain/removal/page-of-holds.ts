import type { Hold } from "#model/removal.ts";
import type { Caller } from "../access/caller.ts";
import { fillPage } from "../access/fill-page.ts";
import type { Core } from "../core.ts";

export interface HoldPage {
  readonly holds: readonly Hold[];
  /** The number behind which the next page begins; undefined: there are no more. */
  readonly next: number | undefined;
}

/** The holds that exist for `caller`, by number, over or not; only those that count for what lies at `path` when it is given. */
export async function pageOfHolds(
  core: Core,
  caller: Caller,
  { after, limit, path }: { readonly after: number | undefined; readonly limit: number; readonly path: string | undefined },
): Promise<HoldPage> {
  const countingBelow = caller.rootsWith();
  const { rows, next } = await fillPage<Hold>({
    limit,
    readRows: async (last, most) => await core.database.list("listHolds", { after: last?.id ?? after, limit: most, path, countingBelow }),
    exists: (hold) => caller.isConcernedBy(hold.path),
  });
  return { holds: rows, next: next?.id };
}
