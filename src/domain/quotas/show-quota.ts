import { findAccountByName } from "#db/accounts.ts";
import { findQuota, type ListedQuota } from "#db/quotas.ts";
import { HubError } from "#model/hub-error.ts";
import type { QuotaScope } from "#model/quota.ts";
import type { Core } from "../core.ts";
import { readScope } from "./set-quota.ts";

/** What is used in a scope and the limits there, if any. Throws `not_found` for an account that is not there, `invalid_input`. */
export async function showQuota(core: Core, { scope }: { readonly scope: QuotaScope }): Promise<ListedQuota> {
  const account = scope.kind === "account" ? await findAccountByName(core.database.read, scope.name) : undefined;
  const read = account === undefined ? readScope(core, scope) : ({ kind: "account", name: account.name } as const);
  const quota = await findQuota(core.database.read, read, account?.id);
  if (quota === undefined) throw new HubError("not_found", "There is no account of that name");
  return quota;
}
