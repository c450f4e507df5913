import type { Repository } from "#model/repository.ts";
import type { Caller } from "../access/caller.ts";
import type { Core } from "../core.ts";

export interface RepositoryPage {
  /** At most as many as asked for, and sometimes fewer although there are more. */
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
  const page = await core.database.list("listRepositories", { after, limit, below, belowAny: roots });
  return {
    repositories: page.filter(({ path }) => caller.roleOn(path) !== undefined),
    next: page.length === limit ? page.at(-1)?.path : undefined,
  };
}
