import type { ListedGrant } from "#db/grants.ts";
import type { Core } from "../core.ts";

/** Who has which role where; of one account, or on one path, when they are named. */
export async function listGrants(
  core: Core,
  filter: { readonly accountName?: string; readonly path?: string } = {},
): Promise<readonly ListedGrant[]> {
  return await core.database.list("listGrants", filter);
}
