import { findAccountByName } from "#db/accounts.ts";
import type { ListedCredential } from "#db/credentials.ts";
import { foldName } from "#model/account.ts";
import { HubError } from "#model/hub-error.ts";
import type { Core } from "../core.ts";
import { listCredentials } from "./list-credentials.ts";

/** A page of an account's credentials by login, behind the login `after`. Throws `not_found`. */
export async function pageOfCredentials(
  core: Core,
  { accountName, after, limit }: { readonly accountName: string; readonly after: string | undefined; readonly limit: number },
): Promise<readonly ListedCredential[]> {
  if ((await findAccountByName(core.database.read, accountName)) === undefined) throw new HubError("not_found", "There is no such account");
  return await core.database.list("listCredentials", { accountName, after, limit });
}

/** One credential of an account; the login of another's is not found. Throws `not_found`. */
export async function showCredential(
  core: Core,
  { accountName, login }: { readonly accountName: string; readonly login: string },
): Promise<ListedCredential> {
  for await (const credential of listCredentials(core, { accountName })) {
    if (foldName(credential.login) === foldName(login)) return credential;
  }
  throw new HubError("not_found", "This account has no such login");
}
