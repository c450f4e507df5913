import { findAccountByName } from "#db/accounts.ts";
import type { ListedCredential } from "#db/credentials.ts";
import { shown } from "#db/shown.ts";
import { HubError } from "#model/hub-error.ts";
import type { Core } from "../core.ts";

export type { ListedCredential } from "#db/credentials.ts";

const PAGE = 500;

/** Every credential by login, read page by page; of one account when it is named. Throws `not_found`. */
export async function* listCredentials(
  core: Core,
  { accountName }: { readonly accountName?: string | undefined } = {},
): AsyncIterable<ListedCredential> {
  if (accountName !== undefined && (await findAccountByName(core.database.read, accountName)) === undefined) {
    throw new HubError("not_found", `There is no account called ${shown(accountName)}`);
  }
  let after: string | undefined;
  for (;;) {
    const page = await core.database.list("listCredentials", { accountName, after, limit: PAGE });
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)?.login;
  }
}
