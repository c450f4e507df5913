import { addAccount } from "#domain/access/add-account.ts";
import { addArchiveAccount } from "#domain/access/add-archive-account.ts";
import { OPERATOR } from "#model/actor.ts";
import type { ArchiveScope } from "#model/archive.ts";
import { HubError } from "#model/hub-error.ts";
import type { Command } from "../command-context.ts";
import { readNumber } from "../read-number.ts";
import { readPassword } from "../read-password.ts";
import { resticUrl } from "../restic-url.ts";
import { findRunningHub } from "../running-hub.ts";
import { showArchiveLogin } from "../show-archive-login.ts";
import { withCore } from "../with-core.ts";

/** An account as it is asked for. */
export interface AccountAddInput {
  readonly name: string;
  readonly appendOnly?: boolean;
  readonly passwordStdin?: boolean;
  readonly door?: "restic" | "restbackup";
  readonly scope?: ArchiveScope;
  readonly retainDays?: string;
  readonly compliance?: boolean;
}

/** `holdfast account add`: makes an account and shows, this once, its password and the URL that its programs take. */
export const accountAdd: Command<AccountAddInput> = async (context, input) =>
  input.door === "restbackup" ? await addForArchives(context, input) : await addForRestic(context, input);

const addForArchives: Command<AccountAddInput> = async (context, { name, appendOnly, passwordStdin, ...input }) => {
  if (appendOnly === true) throw new HubError("invalid_input", "Archives are never removed by their clients; choose a --scope");
  if (passwordStdin === true)
    throw new HubError("invalid_input", "The password of an access URL is drawn: clients take letters and digits");
  const { scope = "full", retainDays, compliance = false } = input;
  const settings = {
    ...(retainDays !== undefined && { retainDays: readNumber(retainDays, "The number of days") }),
    ...(compliance && { retentionMode: "compliance" as const }),
  };
  const { added, config } = await withCore(
    context,
    async (core, config) => ({ added: await addArchiveAccount(core, OPERATOR, { name, scope, settings }), config }),
    { creates: true },
  );
  showArchiveLogin(context, config, added);
  return 0;
};

const addForRestic: Command<AccountAddInput> = async (context, input) => {
  if (input.scope !== undefined || input.retainDays !== undefined || input.compliance === true) {
    throw new HubError("invalid_input", "--scope, --retain-days and --compliance go with --door restbackup");
  }
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
