import type { GrantFilter, ListedGrant } from "#db/grants.ts";
import type { Core } from "../core.ts";
import type { Caller } from "./caller.ts";
import { fillPage } from "./fill-page.ts";

/** The place behind which a page begins. */
export type GrantPlace = Pick<ListedGrant, "path" | "accountName">;

export interface GrantPage {
  readonly grants: readonly ListedGrant[];
  /** Undefined: there are no more. */
  readonly next: GrantPlace | undefined;
}

/** The grants that exist for `caller`, by path and then account. */
export async function pageOfGrants(
  core: Core,
  caller: Caller,
  { after, limit, ...filter }: GrantFilter & { readonly after: GrantPlace | undefined; readonly limit: number },
): Promise<GrantPage> {
  const below = caller.rootsWith("admin");
  const visible = caller.visitor === undefined || below === undefined ? undefined : { accountId: caller.visitor.accountId, below };
  const { rows, next } = await fillPage<ListedGrant>({
    limit,
    readRows: async (last, most) => await core.database.list("listGrants", { ...filter, after: last ?? after, limit: most, visible }),
    // The roots hold more than exists for it where a lesser role lies below an admin's.
    exists: (grant) => caller.seesGrant(grant),
  });
  return { grants: rows, next };
}
