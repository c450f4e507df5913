import type { CleanupWindow } from "#model/removal.ts";
import type { Caller } from "../access/caller.ts";
import { fillPage } from "../access/fill-page.ts";
import { showAccount } from "../access/show-account.ts";
import type { Core } from "../core.ts";

export interface CleanupWindowPage {
  readonly windows: readonly CleanupWindow[];
  /** The number before which the next page begins; undefined: there are no more. */
  readonly next: number | undefined;
}

export interface CleanupWindowFilter {
  readonly before: number | undefined;
  readonly limit: number;
  /** Only those that count for what lies there. */
  readonly path: string | undefined;
  /** Also those that are over. */
  readonly all: boolean;
}

/**
 * The clean-up windows that exist for `caller`, the newest first. For an account those are the ones that were opened for it, and those of
 * others where it has the role `admin`: a window names an account or a login.
 */
export async function pageOfCleanupWindows(
  core: Core,
  caller: Caller,
  { before, limit, path, all }: CleanupWindowFilter,
): Promise<CleanupWindowPage> {
  const own = caller.visitor === undefined ? undefined : await showAccount(core, { name: caller.visitor.accountName });
  const below = caller.rootsWith("admin");
  const visible = own === undefined || below === undefined ? undefined : { accountName: own.account.name, logins: own.logins, below };
  const openAtMs = all ? undefined : core.time.latestMs();
  const isVisible = ({ owner, path: at }: CleanupWindow) =>
    own === undefined ||
    caller.roleOn(at) === "admin" ||
    (owner.kind === "account" ? owner.name === own.account.name : own.logins.includes(owner.name));
  const { rows, next } = await fillPage<CleanupWindow>({
    limit,
    readRows: async (last, most) =>
      await core.database.list("listCleanupWindows", { before: last?.id ?? before, limit: most, path, openAtMs, visible }),
    exists: isVisible,
  });
  return { windows: rows, next: next?.id };
}
