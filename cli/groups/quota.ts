import type { Command as Commander } from "commander";
import type { ScopeFlags } from "../quota-scope.ts";
import type { Run } from "./run.ts";

/** `holdfast quota ...` */
export function addQuotaCommands(quota: Commander, run: Run): void {
  withScope(quota.command("set").description("limit what may be stored in a repository, by an account, or here altogether"))
    .option("--soft <size>", "warn in the timeline above this: 1GiB, 500MB, none")
    .option("--hard <size>", "refuse uploads that would pass this: 1GiB, 500MB, none")
    .action((options: ScopeFlags & { soft?: string; hard?: string }) =>
      run(async () => (await import("../commands/quota-set.ts")).quotaSet, options),
    );
  quota
    .command("list")
    .description("list all quotas and what is used of them")
    .action(() => run(async () => (await import("../commands/quota-list.ts")).quotaList, undefined));
  withScope(quota.command("show").description("show what is used, and the limits there")).action((options: ScopeFlags) =>
    run(async () => (await import("../commands/quota-show.ts")).quotaShow, options),
  );
}

function withScope(command: Commander): Commander {
  return command
    .option("--repository <path>", "exactly this repository")
    .option("--account <name>", "all repositories that this account owns")
    .option("--hub", "everything that is kept here, the trash included");
}
