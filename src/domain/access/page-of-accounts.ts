import type { ListedAccount } from "#db/accounts.ts";
import type { Core } from "../core.ts";
import type { Caller } from "./caller.ts";
import { showAccount } from "./show-account.ts";

/** Up to `limit` of the accounts that exist for `caller`, by name, behind the one called `after`. */
export async function pageOfAccounts(
  core: Core,
  caller: Caller,
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
): Promise<readonly ListedAccount[]> {
  if (caller.visitor === undefined) return await core.database.list("listAccounts", { after, limit });
  if (after !== undefined) return [];
  const { account, logins } = await showAccount(core, { name: caller.visitor.accountName });
  return [{ ...account, logins }];
}
