import type { Config } from "#config.ts";
import type { AddedArchiveLogin } from "#domain/access/add-archive-account.ts";
import type { CommandContext } from "./command-context.ts";
import { accessUrl } from "./restic-url.ts";
import { findRunningHub } from "./running-hub.ts";

/** Shows, this once, the access URL of a login for archives. */
export function showArchiveLogin(context: CommandContext, config: Config, added: AddedArchiveLogin): void {
  const { accountName, login, secret, scope } = added;
  const url = accessUrl(config, findRunningHub(config.data), { login, secret });
  context.show({ account: accountName, login, password: secret, scope, url: url ?? null }, [
    `${login} signs in for archives of the account ${accountName}, as ${scope}.`,
    "",
    `  user      ${login}`,
    `  password  ${secret}`,
    `  url       ${url ?? "(known once the hub runs and its listener for archives is on)"}`,
    "",
    "The password is not shown again; ./holdfast credential rotate gives a new one.",
    ...(url === undefined || scope === "read-only" ? [] : nextSteps(url)),
  ]);
}

function nextSteps(url: string): string[] {
  return ["", "Next, where the files are:", "", `  curl -T FILE ${url}`];
}
