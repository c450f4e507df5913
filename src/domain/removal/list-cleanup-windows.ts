import type { CleanupWindow } from "#model/removal.ts";
import type { Core } from "../core.ts";

const PAGE = 500;

/** Clean-up windows, the newest first: those that are not over, or with `all` also those of the last weeks. */
export async function* listCleanupWindows(core: Core, { all = false }: { readonly all?: boolean } = {}): AsyncIterable<CleanupWindow> {
  const openAtMs = all ? undefined : core.time.latestMs();
  let before: number | undefined;
  for (;;) {
    const page = await core.database.list("listCleanupWindows", { openAtMs, before, limit: PAGE });
    yield* page;
    if (page.length < PAGE) return;
    before = page.at(-1)?.id;
  }
}
