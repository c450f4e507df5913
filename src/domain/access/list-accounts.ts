import type { ListedAccount } from "#db/accounts.ts";
import type { Core } from "../core.ts";

const PAGE = 500;

/** Every account by name, read page by page. */
export async function* listAccounts(core: Core): AsyncIterable<ListedAccount> {
  let after: string | undefined;
  for (;;) {
    const page = await core.database.list("listAccounts", { after, limit: PAGE });
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)?.name;
  }
}
