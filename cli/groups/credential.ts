import { type Command as Commander, Option } from "commander";
import { ARCHIVE_SCOPE_NAMES } from "#model/archive.ts";
import { ROLE_NAMES, type Role } from "#model/permissions.ts";
import type { CredentialAddInput } from "../commands/credential-add.ts";
import type { Run } from "./run.ts";

const PASSWORD_STDIN = ["--password-stdin", "read the password from standard input instead of drawing one"] as const;

/** What a credential is bound to, as it is typed. */
export interface BoundsOptions {
  label?: string;
  mostRole?: Role | "none";
  expires?: string;
  from?: string[];
}

/** `holdfast credential ...` */
export function addCredentialCommands(credential: Commander, run: Run): void {
  withBounds(
    credential
      .command("add <account>")
      .description("give an account one more login, <account>.<name>, with a password of its own, which is shown this once")
      .option("--name <word>", "what follows the account's name and a dot (default: a number)")
      .option(...PASSWORD_STDIN)
      .option("--certificate <name>", "sign in with a client certificate of this name, without a password")
      .addOption(new Option("--scope <scope>", "a login for archives, drawn, that may do this").choices(ARCHIVE_SCOPE_NAMES)),
    ROLE_NAMES,
  ).action((account: string, options: Omit<CredentialAddInput, "account">) =>
    run(async () => (await import("../commands/credential-add.ts")).credentialAdd, { account, ...options }),
  );
  credential
    .command("list [account]")
    .description("list the logins, of one account or of all")
    .action((account: string | undefined) => run(async () => (await import("../commands/credential-list.ts")).credentialList, { account }));
  withBounds(credential.command("set <login>").description("change what a login is bound to; none takes a bound away"), [
    ...ROLE_NAMES,
    "none",
  ]).action((login: string, options: BoundsOptions) =>
    run(async () => (await import("../commands/credential-set.ts")).credentialSet, { login, ...options }),
  );
  credential
    .command("rotate <login>")
    .description("give a login a new password; the old one stops working at once, or after an overlap")
    .option("--overlap <duration>", "let the old one work for so long, such as 24h")
    .option(...PASSWORD_STDIN)
    .action((login: string, options: { overlap?: string; passwordStdin?: boolean }) =>
      run(async () => (await import("../commands/account-rotate.ts")).accountRotate, { login, ...options }),
    );
  credential
    .command("disable <login>")
    .description("refuse a login from its next request on; a transfer under way may end")
    .action((login: string) => run(async () => (await import("../commands/credential-disable.ts")).credentialDisable, { login }));
  credential
    .command("enable <login>")
    .description("let a disabled login in again")
    .action((login: string) => run(async () => (await import("../commands/credential-enable.ts")).credentialEnable, { login }));
  credential
    .command("remove <login>")
    .description("take a login away for good")
    .action((login: string) => run(async () => (await import("../commands/credential-remove.ts")).credentialRemove, { login }));
}

function withBounds(command: Commander, roles: readonly string[]): Commander {
  return command
    .option("--label <text>", "for people: which machine this is")
    .addOption(new Option("--most-role <role>", "never more than this role, whatever the account was granted").choices(roles))
    .option("--expires <when>", "refuse it from then on: 2027-01-01, 2027-01-01T12:00Z or 90d")
    .option("--from <address>", "only from this address, network or unix; may be given again", (one: string, all: string[] = []) => [
      ...all,
      one,
    ]);
}
