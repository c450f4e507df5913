import { type Command as Commander, Option } from "commander";
import { ROLE_NAMES } from "#model/permissions.ts";
import type { Run } from "./run.ts";

/** `holdfast grant ...` */
export function addGrantCommands(grant: Commander, run: Run): void {
  grant
    .command("add <account> <path>")
    .description("give an account a role on a path and everything below it, in place of the one it had there")
    .addOption(new Option("--role <role>", "what it may do").choices(ROLE_NAMES).makeOptionMandatory())
    .action((account: string, path: string, { role }: { role: (typeof ROLE_NAMES)[number] }) =>
      run(async () => (await import("../commands/grant-add.ts")).grantAdd, { accountName: account, path, role }),
    );
  grant
    .command("remove <account> <path>")
    .description("take back what was granted to an account on exactly this path")
    .action((account: string, path: string) =>
      run(async () => (await import("../commands/grant-remove.ts")).grantRemove, { accountName: account, path }),
    );
  grant
    .command("list")
    .description("list all grants")
    .option("--account <name>", "of this account only")
    .option("--path <path>", "on exactly this path only")
    .action((filter: { account?: string; path?: string }) =>
      run(async () => (await import("../commands/grant-list.ts")).grantList, filter),
    );
}
