import { readFileSync } from "node:fs";
import { Command as Commander, CommanderError } from "commander";
import { loadOwnConfig } from "#config.ts";
import { CommandContext } from "./command-context.ts";
import { addConfigFlags, completeSwitches, suggestFlag } from "./config-flags.ts";
import { exitCodeOf, surviveClosedPipes } from "./exit-code.ts";
import { addAccessCommands } from "./groups/access.ts";
import { addAccountCommands } from "./groups/account.ts";
import { addCleanupCommands } from "./groups/cleanup.ts";
import { addCredentialCommands } from "./groups/credential.ts";
import { addGrantCommands } from "./groups/grant.ts";
import { addHoldCommands } from "./groups/hold.ts";
import { addImportCommands } from "./groups/import.ts";
import { addModeCommands } from "./groups/mode.ts";
import { addOperationCommands } from "./groups/operation.ts";
import { addQuotaCommands } from "./groups/quota.ts";
import { addRepositoryCommands } from "./groups/repository.ts";
import type { Run } from "./groups/run.ts";
import { addTokenCommands } from "./groups/token.ts";
import { addTrashCommands } from "./groups/trash.ts";

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

function addCommands(program: Commander, run: Run): void {
  program
    .command("serve")
    .description("run the hub until it is told to stop (SIGINT, SIGTERM)")
    .action(() => run(async () => (await import("./commands/serve.ts")).serveCommand, undefined));
  program
    .command("doctor")
    .description("look at everything the hub stands on, and say what is wrong")
    .action(() => run(async () => (await import("./commands/doctor.ts")).doctor, undefined));
  program
    .command("clock")
    .description("the time by which windows, logins and tokens end")
    .command("reset")
    .description("forget that the clock has once been later than it is now, when it was wrong then")
    .action(() => run(async () => (await import("./commands/clock-reset.ts")).clockReset, undefined));
  const config = program
    .command("config")
    .description("print the configuration in force and where each value came from")
    .action(() => run(async () => (await import("./commands/config.ts")).showConfig, undefined));
  config
    .command("schema")
    .description("print the JSON schema of the configuration file")
    .action(() => run(async () => (await import("./commands/config-schema.ts")).configSchemaCommand, undefined));
  addAccountCommands(program.command("account").description("who may sign in"), run);
  addCredentialCommands(program.command("credential").description("what an account signs in with, one for each machine"), run);
  addAccessCommands(program.command("access").description("who may do what where, and why"), run);
  addRepositoryCommands(program.command("repository").description("the repositories that are kept here"), run);
  addModeCommands(program.command("mode").description("read-only and maintenance mode"), run);
  addQuotaCommands(program.command("quota").description("how much may be stored, and by whom"), run);
  addGrantCommands(program.command("grant").description("which account may do what, and where"), run);
  addImportCommands(program.command("import").description("take over what another server has kept"), run);
  addTokenCommands(program.command("token").description("which programs may use the API"), run);
  addTrashCommands(program.command("trash").description("what was removed and can still come back"), run);
  addHoldCommands(program.command("hold").description("what nobody may remove, and until when"), run);
  addCleanupCommands(program.command("cleanup").description("when somebody may remove who otherwise may not"), run);
  addOperationCommands(program, run);
}

function versionOf(): string {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string }; // our own file
  return manifest.version;
}
