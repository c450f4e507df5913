import { type Command as Commander, Option } from "commander";
import { ARCHIVE_SCOPE_NAMES } from "#model/archive.ts";
import type { AccountAddInput } from "../commands/account-add.ts";
import type { Run } from "./run.ts";

const PASSWORD_STDIN = ["--password-stdin", "read the password from standard input instead of drawing one"] as const;

/** `holdfast account ...` */
export function addAccountCommands(account: Commander, run: Run): void {
  account
    .command("add <name>")
    .description("make an account with a password of its own, which is shown this once")
    .option("--append-only", "let it add backups and never remove one (role backup)")
    .option(...PASSWORD_STDIN)
    .addOption(new Option("--door <door>", "what it is for: restic (default), or whole files over HTTP").choices(["restic", "restbackup"]))
    .addOption(new Option("--scope <scope>", "with --door restbackup: what its login may do (full)").choices(ARCHIVE_SCOPE_NAMES))
    .option("--retain-days <days>", "with --door restbackup: how long each file is kept (365)")
    .option("--compliance", "with --door restbackup: nobody removes a file before its time; never to be undone")
    .action((name: string, options: Omit<AccountAddInput, "name">) =>
      run(async () => (await import("../commands/account-add.ts")).accountAdd, { name, ...options }),
    );
  account
    .command("list")
    .description("list all accounts")
    .action(() => run(async () => (await import("../commands/account-list.ts")).accountList, undefined));
  account
    .command("show <name>")
    .description("show one account, its logins and grants")
    .action((name: string) => run(async () => (await import("../commands/account-show.ts")).accountShow, { name }));
  account
    .command("rotate <login>")
    .description("give a login a new password; the old one stops working at once, or after an overlap")
    .option("--overlap <duration>", "let the old one work for so long, such as 24h")
    .option(...PASSWORD_STDIN)
    .action((login: string, options: { overlap?: string; passwordStdin?: boolean }) =>
      run(async () => (await import("../commands/account-rotate.ts")).accountRotate, { login, ...options }),
    );
  account
    .command("disable <name>")
    .description("refuse every sign-in of an account; nothing it stored is touched")
    .action((name: string) => run(async () => (await import("../commands/account-disable.ts")).accountDisable, { name }));
  account
    .command("enable <name>")
    .description("let a disabled account sign in again")
    .action((name: string) => run(async () => (await import("../commands/account-enable.ts")).accountEnable, { name }));
  account
    .command("remove <name>")
    .description("remove an account for good, with its logins and grants; nothing it stored is touched")
    .action((name: string) => run(async () => (await import("../commands/account-remove.ts")).accountRemove, { name }));
}
