import { type Command as Commander, Option } from "commander";
import { SCOPE_NAMES, type Scope } from "#model/permissions.ts";
import type { Run } from "./run.ts";

/** `holdfast token ...` */
export function addTokenCommands(token: Commander, run: Run): void {
  token
    .command("add <name>")
    .description("make a token for a program that uses the API; it is shown this once")
    .addOption(new Option("--scope <scope...>", "what it may do").choices(SCOPE_NAMES).makeOptionMandatory())
    .option("--expires <when>", "when it ends: 90d, 12h, or a time such as 2027-01-31T12:00:00Z (default: never)")
    .action((name: string, { scope, expires }: { scope: Scope[]; expires?: string }) =>
      run(async () => (await import("../commands/token-add.ts")).tokenAdd, { name, scopes: scope, expires }),
    );
  token
    .command("list")
    .description("list all API tokens")
    .action(() => run(async () => (await import("../commands/token-list.ts")).tokenList, undefined));
  token
    .command("disable <name>")
    .description("refuse a token until it is enabled again")
    .action((name: string) => run(async () => (await import("../commands/token-disable.ts")).tokenDisable, { name }));
  token
    .command("enable <name>")
    .description("take a disabled token again")
    .action((name: string) => run(async () => (await import("../commands/token-enable.ts")).tokenEnable, { name }));
  token
    .command("remove <name>")
    .description("remove a token; it is refused with the next request")
    .action((name: string) => run(async () => (await import("../commands/token-remove.ts")).tokenRemove, { name }));
}
