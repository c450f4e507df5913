import type { GrantFilter, ListedGrant } from "#db/grants.ts";
import type { Core } from "../core.ts";

const PAGE = 500;

/** Who has which role where, by path and then name, read page by page; of one account, or on some paths, when they are named. */
export async function* listGrants(core: Core, filter: GrantFilter = {}): AsyncIterable<ListedGrant> {
  let after: ListedGrant | undefined;
  for (;;) {
    const page = await core.database.list("listGrants", { ...filter, after, limit: PAGE });
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1);
  }
}
