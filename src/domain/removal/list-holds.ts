import type { Hold } from "#model/removal.ts";
import { readPath } from "../access/set-grant.ts";
import type { Core } from "../core.ts";

const PAGE = 500;

/** All holds by their numbers, also those that are over; only those that count for what lies at `path` when it is named. */
export async function* listHolds(core: Core, { path }: { readonly path?: string | undefined } = {}): AsyncIterable<Hold> {
  const at = path === undefined ? undefined : readPath(core, path).text;
  let after = 0;
  for (;;) {
    const page = await core.database.list("listHolds", { path: at, after, limit: PAGE });
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)?.id ?? after;
  }
}
