import { addArchiveCredential } from "#domain/access/add-archive-account.ts";
import { addCredential } from "#domain/access/add-credential.ts";
import { OPERATOR } from "#model/actor.ts";
import type { ArchiveScope } from "#model/archive.ts";
import { HubError } from "#model/hub-error.ts";
import type { Command, CommandContext } from "../command-context.ts";
import { credentialSettings } from "../credential-settings.ts";
import type { BoundsOptions } from "../groups/credential.ts";
import { readPassword } from "../read-password.ts";
import { resticUrl } from "../restic-url.ts";
import { findRunningHub } from "../running-hub.ts";
import { showArchiveLogin } from "../show-archive-login.ts";
import { withCore } from "../with-core.ts";

/** A login as it is asked for. */
export interface CredentialAddInput extends BoundsOptions {
  account: string;
  name?: string;
  passwordStdin?: boolean;
  certificate?: string;
  scope?: ArchiveScope;
}

/** `holdfast credential add`: one more login for an account, its password shown this once. */
export const credentialAdd: Command<CredentialAddInput> = async (context, input) => {
  const settings = credentialSettings(input);
  if (input.scope !== undefined) return await addForArchives(context, input, input.scope);
  const secret = input.passwordStdin === true ? { secret: await readPassword(context.signal) } : {};
  const { added, config } = await withCore(context, async (core, config) => ({
    added: await addCredential(core, OPERATOR, {
      accountName: input.account,
      word: input.name,
      certificateName: input.certificate,
      ...settings,
      ...secret,
    }),
    config,
  }));
  const { accountName, login } = added;
  if (added.secret === undefined) {
    context.show({ account: accountName, login, certificate: input.certificate ?? null }, [
      `${login} signs in with the client certificate ${input.certificate}, and acts as the account ${accountName}.`,
      "restic shows it with --tls-client-cert FILE, where FILE holds certificate and key, and a URL without a login.",
    ]);
    return 0;
  }
  const url = resticUrl(config, findRunningHub(config.data), { login, secret: added.secret, path: `/${accountName}/` });
  context.show({ account: accountName, login, password: added.secret, url: url ?? null }, [
    `${login} signs in as the account ${accountName}.`,
    "",
    `  login     ${login}`,
    `  password  ${added.secret}`,
    `  url       ${url === undefined ? "(known once the hub runs and its listener for restic is on)" : `rest:${url}`}`,
    "",
    "The password is not shown again; ./holdfast credential rotate gives a new one.",
  ]);
  return 0;
};

async function addForArchives(context: CommandContext, input: CredentialAddInput, scope: ArchiveScope): Promise<number> {
  if (input.name !== undefined || input.passwordStdin === true || input.certificate !== undefined || input.mostRole !== undefined) {
    throw new HubError("invalid_input", "A login for archives is drawn, and --scope says what it may do");
  }
  const { mostRole: _, ...bounds } = credentialSettings(input);
  const { added, config } = await withCore(context, async (core, config) => ({
    added: await addArchiveCredential(core, OPERATOR, { accountName: input.account, scope, ...bounds }),
    config,
  }));
  showArchiveLogin(context, config, added);
  return 0;
}
