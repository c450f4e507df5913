import { foldName } from "#model/account.ts";
import { HubError } from "#model/hub-error.ts";
import type { Core } from "../core.ts";
import { type AccessStatement, explainAccess } from "./explain-access.ts";
import { listCredentials } from "./list-credentials.ts";
import { readPath } from "./set-grant.ts";
import { showAccount } from "./show-account.ts";

export interface ShowAccessInput {
  readonly name: string;
  /** Only this login. */
  readonly login?: string | undefined;
  /** Only this repository. */
  readonly path?: string | undefined;
}

/** What the credentials of an account may do where, and why. Throws `not_found`, `invalid_input`. */
export async function showAccess(core: Core, { name, login, path }: ShowAccessInput): Promise<readonly AccessStatement[]> {
  const { account, grants } = await showAccount(core, { name });
  const all = await Array.fromAsync(listCredentials(core, { accountName: account.name }));
  const credentials = login === undefined ? all : all.filter((credential) => foldName(credential.login) === foldName(login));
  if (login !== undefined && credentials.length === 0) throw new HubError("not_found", "The account has no such login");
  const at = path === undefined ? undefined : readPath(core, path).text;
  return explainAccess({ account, credentials, grants, nowMs: core.clock(), path: at });
}
