import type { Hold } from "#model/removal.ts";
import type { Caller } from "../access/caller.ts";
import type { Core } from "../core.ts";

export interface HoldPage {
  /** At most as many as asked for, and sometimes fewer although there are more. */
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
  const page = await core.database.list("listHolds", { after, limit, path, countingBelow: caller.rootsWith() });
  return {
    holds: page.filter((hold) => caller.isConcernedBy(hold.path)),
    next: page.length === limit ? page.at(-1)?.id : undefined,
  };
}
