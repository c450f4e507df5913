import { addAccount } from "#domain/access/add-account.ts";
import { OPERATOR } from "#model/actor.ts";
import type { Command } from "../command-context.ts";
import { readPassword } from "../read-password.ts";
import { resticUrl } from "../restic-url.ts";
import { findRunningHub } from "../running-hub.ts";
import { withCore } from "../with-core.ts";

/** `holdfast account add`: makes an account and shows, this once, its password and the URL that restic takes. */
export const accountAdd: Command<{ name: string; appendOnly?: boolean; passwordStdin?: boolean }> = async (context, input) => {
  const { name, appendOnly = false } = input;
  const secret = input.passwordStdin === true ? { secret: await readPassword(context.signal) } : {};
  const { added, config } = await withCore(
    context,
    async (core, config) => ({ added: await addAccount(core, OPERATOR, { name, appendOnly, ...secret }), config }),
    { creates: true },
  );
  const path = `/${name}/`;
  const role = appendOnly ? "backup" : "maintain";
  const url = resticUrl(config, findRunningHub(config.data), { login: added.login, secret: added.secret, path });
  context.show({ name, login: added.login, password: added.secret, url: url ?? null, path, role }, [
    `Account ${name} is made. It has the role ${role} on ${path} and everything below it.`,
    "",
    `  name      ${name}`,
    `  password  ${added.secret}`,
    `  url       ${url === undefined ? "(known once the hub runs and its listener for restic is on)" : `rest:${url}`}`,
    "",
    "The password is not shown again; ./holdfast account rotate gives a new one.",
    ...(url === undefined ? [] : nextSteps(`rest:${url}`)),
  ]);
  return 0;
};

function nextSteps(url: string): string[] {
  return [
    "",
    "Next, where the files are (restic asks for a password of its own: it encrypts the backups, so keep it safe):",
    "",
    `  export RESTIC_REPOSITORY=${quoted(url)}`,
    "  restic init",
    "  restic backup FOLDER",
  ];
}

/** As a shell takes it for one word. A password in a URL is percent-encoded, but that leaves `'`, `!`, `(` and `)` as they are. */
function quoted(text: string): string {
  return /^[\w:/@.+%-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
