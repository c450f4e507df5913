import { findAccountByName } from "#db/accounts.ts";
import { listLoginsOf } from "#db/credentials.ts";
import { listGrantsOf } from "#db/grants.ts";
import type { Account, Grant } from "#model/account.ts";
import { HubError } from "#model/hub-error.ts";
import type { Core } from "../core.ts";

export interface ShownAccount {
  readonly account: Account;
  readonly logins: readonly string[];
  readonly grants: readonly Grant[];
}

/** An account with what it signs in as and what it may do where. Throws `not_found`. */
export async function showAccount(core: Core, { name }: { readonly name: string }): Promise<ShownAccount> {
  const account = await findAccountByName(core.database.read, name);
  if (account === undefined) throw new HubError("not_found", `There is no account called ${name}`);
  const [logins, grants] = await Promise.all([listLoginsOf(core.database.read, account.id), listGrantsOf(core.database.read, account.id)]);
  return { account, logins, grants };
}
