import type { ListedQuota } from "#db/quotas.ts";
import type { Caller } from "../access/caller.ts";
import type { Core } from "../core.ts";

export type { ListedQuota };

/** The place behind which a page begins. */
export interface QuotaPlace {
  readonly scope: ListedQuota["scope"]["kind"];
  readonly key: string;
}

export interface QuotaPage {
  /** At most as many as asked for, and sometimes fewer although there are more. */
  readonly quotas: readonly ListedQuota[];
  /** Undefined: there are no more. */
  readonly next: QuotaPlace | undefined;
}

/** The quotas that exist for `caller`, with what is used of them: for an account its own, and those of the repositories it has a role on. */
export async function pageOfQuotas(
  core: Core,
  caller: Caller,
  { after, limit }: { readonly after: QuotaPlace | undefined; readonly limit: number },
): Promise<QuotaPage> {
  const below = caller.rootsWith();
  const visible = caller.visitor === undefined || below === undefined ? undefined : { accountId: caller.visitor.accountId, below };
  const page = await core.database.list("listQuotas", { after, limit, visible });
  return {
    quotas: page.filter(({ scope }) => seesQuota(caller, scope)),
    next: page.length === limit ? page.at(-1)?.at : undefined,
  };
}

function seesQuota(caller: Caller, scope: ListedQuota["scope"]): boolean {
  if (scope.kind === "hub") return caller.visitor === undefined;
  return scope.kind === "account" ? caller.seesAccount(scope.name) : caller.roleOn(scope.path) !== undefined;
}
