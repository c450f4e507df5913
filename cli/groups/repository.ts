import { type Command as Commander, Option } from "commander";
import type { Run } from "./run.ts";

/** `holdfast repository ...` */
export function addRepositoryCommands(repository: Commander, run: Run): void {
  repository
    .command("add <path>")
    .description("make the folders of a repository; restic's own init still has to follow")
    .action((path: string) => run(async () => (await import("../commands/repository-add.ts")).repositoryAdd, { path }));
  repository
    .command("list")
    .description("list all repositories that were made or seen here")
    .action(() => run(async () => (await import("../commands/repository-list.ts")).repositoryList, undefined));
  repository
    .command("show <path>")
    .description("count what lies in a repository, and list who may use it")
    .action((path: string) => run(async () => (await import("../commands/repository-show.ts")).repositoryShow, { path }));
  repository
    .command("set <path>")
    .description("change what holds for a path and everything below it")
    .addOption(
      new Option("--cleanup-only <on|off>", "whether removing needs an open clean-up window").choices(["on", "off"]).makeOptionMandatory(),
    )
    .action((path: string, { cleanupOnly }: { cleanupOnly: "on" | "off" }) =>
      run(async () => (await import("../commands/repository-set.ts")).repositorySet, { path, cleanupOnly }),
    );
  repository
    .command("recount <path>")
    .description("count a repository on the disk again, after something was changed behind the hub's back")
    .action((path: string) => run(async () => (await import("../commands/repository-recount.ts")).repositoryRecount, { path }));
}
