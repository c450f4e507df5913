import type { Grant } from "#model/account.ts";
import type { Role } from "#model/permissions.ts";

/** The role that `grants` of one account give on the repository at `path` (`/a/b/`): that of the longest path it lies at or below. */
export function roleOn(grants: readonly Grant[], path: string): Role | undefined {
  return grantOn(grants, path)?.role;
}

/** The grant that decides on the repository at `path`; undefined when none covers it. */
export function grantOn(grants: readonly Grant[], path: string): Grant | undefined {
  let best: Grant | undefined;
  for (const grant of grants) {
    // Grants and repositories both end in a slash: `/alice/` is no prefix of `/alicefoo/`.
    if (path.startsWith(grant.path) && grant.path.length > (best?.path.length ?? 0)) best = grant;
  }
  return best;
}
