import type { ApiToken } from "#model/api-token.ts";
import type { Core } from "../core.ts";

const PAGE = 500;

/** Every API token by name, read page by page. */
export async function* listTokens(core: Core): AsyncIterable<ApiToken> {
  let after: string | undefined;
  for (;;) {
    const page = await core.database.list("listApiTokens", { after, limit: PAGE });
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)?.name;
  }
}
