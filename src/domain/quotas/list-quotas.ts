import type { ListedQuota } from "#db/quotas.ts";
import type { Core } from "../core.ts";

const PAGE = 100;

/** Every quota with what is used of it, read page by page. */
export async function* listQuotas(core: Core): AsyncIterable<ListedQuota> {
  for (let after: { readonly scope: ListedQuota["scope"]["kind"]; readonly key: string } | undefined; ; ) {
    const page = await core.database.list("listQuotas", { after, limit: PAGE });
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)?.at;
  }
}
