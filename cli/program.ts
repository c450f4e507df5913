import { readFileSync } from "node:fs";
import { Command as Commander, CommanderError, Option } from "commander";
import { loadOwnConfig } from "#config.ts";
import { ROLE_NAMES } from "#model/permissions.ts";
import { type Command, CommandContext } from "./command-context.ts";
import { addConfigFlags, completeSwitches, suggestFlag } from "./config-flags.ts";
import { exitCodeOf, surviveClosedPipes } from "./exit-code.ts";

const DEADLINE_MS = 10 * 60_000; // counting a large repository on a slow disk takes minutes; nothing takes longer

const ALL_FLAGS = `
Every key of the configuration is also a flag: listen.restic is --listen-restic.
"holdfast config" prints them all, with the values in force.`;

/** Runs one command line, without the program's name; resolves to the exit code: 0 done, 1 refused or failed, 2 wrong usage. */
export async function runProgram(args: readonly string[]): Promise<number> {
  surviveClosedPipes();
  let exitCode = 0;
  const program = new Commander("holdfast");
  program
    .description("One self-hosted server for every backup you have.")
    .version(versionOf(), "--version", "print the version")
    .helpOption("--help", "print this help")
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`holdfast: ${text}${suggestFlag(text)}`) });
  const flags = addConfigFlags(program);
  program.option("--json", "print one JSON value, for scripts").addHelpText("after", ALL_FLAGS);

  const context = () =>
    new CommandContext({
      json: program.opts<{ json?: boolean }>().json === true,
      signal: AbortSignal.timeout(DEADLINE_MS),
      loadConfig: () => loadOwnConfig(flags),
    });
  // Each command is loaded when it runs, so that none waits for what only another needs.
  addCommands(program, async (load, input) => {
    const run = await load();
    exitCode = (await run(context(), input)) ?? 0;
  });

  try {
    await program.parseAsync(completeSwitches(args), { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return exitCodeOf(error, { stack: flags["log.level"] === "debug" });
  }
}

type Run = <Input>(load: () => Promise<Command<Input>>, input: Input) => Promise<void>;

function addCommands(program: Commander, run: Run): void {
  program
    .command("serve")
    .description("run the hub until it is told to stop (SIGINT, SIGTERM)")
    .action(() => run(async () => (await import("./commands/serve.ts")).serveCommand, undefined));
  program
    .command("doctor")
    .description("look at everything the hub stands on, and say what is wrong")
    .action(() => run(async () => (await import("./commands/doctor.ts")).doctor, undefined));
  const config = program
    .command("config")
    .description("print the configuration in force and where each value came from")
    .action(() => run(async () => (await import("./commands/config.ts")).showConfig, undefined));
  config
    .command("schema")
    .description("print the JSON schema of the configuration file")
    .action(() => run(async () => (await import("./commands/config-schema.ts")).configSchemaCommand, undefined));
  addAccountCommands(program.command("account").description("who may sign in"), run);
  addRepositoryCommands(program.command("repository").description("the repositories that are kept here"), run);
  addGrantCommands(program.command("grant").description("which account may do what, and where"), run);
}

const PASSWORD_STDIN = ["--password-stdin", "read the password from standard input instead of drawing one"] as const;

function addAccountCommands(account: Commander, run: Run): void {
  account
    .command("add <name>")
    .description("make an account with a password of its own, which is shown this once")
    .option("--append-only", "let it add backups and never remove one (role backup)")
    .option(...PASSWORD_STDIN)
    .action((name: string, options: { appendOnly?: boolean; passwordStdin?: boolean }) =>
      run(async () => (await import("./commands/account-add.ts")).accountAdd, { name, ...options }),
    );
  account
    .command("list")
    .description("list all accounts")
    .action(() => run(async () => (await import("./commands/account-list.ts")).accountList, undefined));
  account
    .command("show <name>")
    .description("show one account, its logins and grants")
    .action((name: string) => run(async () => (await import("./commands/account-show.ts")).accountShow, { name }));
  account
    .command("rotate <login>")
    .description("give a login a new password; the old one stops working at once")
    .option(...PASSWORD_STDIN)
    .action((login: string, options: { passwordStdin?: boolean }) =>
      run(async () => (await import("./commands/account-rotate.ts")).accountRotate, { login, ...options }),
    );
  account
    .command("disable <name>")
    .description("refuse every sign-in of an account; nothing it stored is touched")
    .action((name: string) => run(async () => (await import("./commands/account-disable.ts")).accountDisable, { name }));
  account
    .command("enable <name>")
    .description("let a disabled account sign in again")
    .action((name: string) => run(async () => (await import("./commands/account-enable.ts")).accountEnable, { name }));
  account
    .command("remove <name>")
    .description("remove an account for good, with its logins and grants; nothing it stored is touched")
    .action((name: string) => run(async () => (await import("./commands/account-remove.ts")).accountRemove, { name }));
}

function addRepositoryCommands(repository: Commander, run: Run): void {
  repository
    .command("add <path>")
    .description("make the folders of a repository; restic's own init still has to follow")
    .action((path: string) => run(async () => (await import("./commands/repository-add.ts")).repositoryAdd, { path }));
  repository
    .command("list")
    .description("list all repositories that were made or seen here")
    .action(() => run(async () => (await import("./commands/repository-list.ts")).repositoryList, undefined));
  repository
    .command("show <path>")
    .description("count what lies in a repository, and list who may use it")
    .action((path: string) => run(async () => (await import("./commands/repository-show.ts")).repositoryShow, { path }));
}

function addGrantCommands(grant: Commander, run: Run): void {
  grant
    .command("add <account> <path>")
    .description("give an account a role on a path and everything below it, in place of the one it had there")
    .addOption(new Option("--role <role>", "what it may do").choices(ROLE_NAMES).makeOptionMandatory())
    .action((account: string, path: string, { role }: { role: (typeof ROLE_NAMES)[number] }) =>
      run(async () => (await import("./commands/grant-add.ts")).grantAdd, { accountName: account, path, role }),
    );
  grant
    .command("remove <account> <path>")
    .description("take back what was granted to an account on exactly this path")
    .action((account: string, path: string) =>
      run(async () => (await import("./commands/grant-remove.ts")).grantRemove, { accountName: account, path }),
    );
  grant
    .command("list")
    .description("list all grants")
    .option("--account <name>", "of this account only")
    .option("--path <path>", "on exactly this path only")
    .action((filter: { account?: string; path?: string }) => run(async () => (await import("./commands/grant-list.ts")).grantList, filter));
}

function versionOf(): string {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string }; // our own file
  return manifest.version;
}
