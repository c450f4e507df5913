import type { Repository } from "#model/repository.ts";
import type { Caller } from "../access/caller.ts";
import { fillPage } from "../access/fill-page.ts";
import type { Core } from "../core.ts";

export interface RepositoryPage {
  readonly repositories: readonly Repository[];
  /** The path behind which the next page begins; undefined: there are no more. */
  readonly next: string | undefined;
}

/** The repositories that exist for `caller`, by path; only those at or below `below` when it is given. */
export async function pageOfRepositories(
  core: Core,
  caller: Caller,
  { after, limit, below }: { readonly after: string | undefined; readonly limit: number; readonly below: string | undefined },
): Promise<RepositoryPage> {
  const roots = caller.rootsWith();
  if (roots?.length === 0) return { repositories: [], next: undefined };
  const { rows, next } = await fillPage<Repository>({
    limit,
    readRows: async (last, most) =>
      await core.database.list("listRepositories", { after: last?.path ?? after, limit: most, below, belowAny: roots }),
    exists: ({ path }) => caller.roleOn(path) !== undefined,
  });
  return { repositories: rows, next: next?.path };
}
