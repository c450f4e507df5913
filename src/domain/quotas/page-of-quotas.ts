import type { ListedQuota } from "#db/quotas.ts";
import type { Caller } from "../access/caller.ts";
import { fillPage } from "../access/fill-page.ts";
import type { Core } from "../core.ts";

export type { ListedQuota };

/** The place behind which a page begins. */
export interface QuotaPlace {
  readonly scope: ListedQuota["scope"]["kind"];
  readonly key: string;
}

export interface QuotaPage {
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
  const { rows, next } = await fillPage<ListedQuota & { readonly at: QuotaPlace }>({
    limit,
    readRows: async (last, most) => await core.database.list("listQuotas", { after: last?.at ?? after, limit: most, visible }),
    exists: ({ scope }) => seesQuota(caller, scope),
  });
  return { quotas: rows, next: next?.at };
}

function seesQuota(caller: Caller, scope: ListedQuota["scope"]): boolean {
  if (scope.kind === "hub") return caller.visitor === undefined;
  return scope.kind === "account" ? caller.seesAccount(scope.name) : caller.roleOn(scope.path) !== undefined;
}
