import type { Command as Commander } from "commander";
import type { Run } from "./run.ts";

/** `holdfast access ...` */
export function addAccessCommands(access: Commander, run: Run): void {
  access
    .command("show <account>")
    .description("say in plain words what each login of an account may do where, and why")
    .option("--login <login>", "this login only")
    .option("--path <path>", "this repository only")
    .action((account: string, options: { login?: string; path?: string }) =>
      run(async () => (await import("../commands/access-show.ts")).accessShow, { account, ...options }),
    );
}
