import type { Repository } from "#model/repository.ts";
import type { Core } from "../core.ts";

const PAGE = 500;

/** Every repository that was made here or has been seen here, by path, read page by page. */
export async function* listRepositories(core: Core): AsyncIterable<Repository> {
  let after: string | undefined;
  for (;;) {
    const page = await core.database.list("listRepositories", { after, limit: PAGE });
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)?.path;
  }
}
