import { type Command as Commander, InvalidArgumentError, Option } from "commander";
import type { ImportHtpasswdOptions } from "../commands/import-htpasswd.ts";
import type { ImportRestServerOptions } from "../commands/import-rest-server.ts";
import type { Run } from "./run.ts";

const APPEND_ONLY = ["--append-only", "accounts add backups and never remove one (role backup, else maintain)"] as const;
const UPDATE_PASSWORDS = ["--update-passwords", "accounts that are there already get the passwords of the file"] as const;
const DRY_RUN = ["--dry-run", "say what would be done and change nothing"] as const;

/** `holdfast import ...` */
export function addImportCommands(group: Commander, run: Run): void {
  group
    .command("rest-server <folder>")
    .description("adopt the folder of a rest-server in place, with its users; nothing in it is moved or changed")
    .option("--htpasswd <file>", "its users (default: .htpasswd in the folder)")
    .option("--no-auth", "it was run without sign-in: make one account for requests without a login")
    .option(...APPEND_ONLY)
    .option("--private-repos", "each user its own folder only, as with that flag of rest-server; without it all see everything")
    .addOption(new Option("--max-size <bytes>", "as that flag of rest-server").argParser(wholeNumber))
    .option("--at <path>", "where it goes here: /restic/, or a folder below such as /restic/old/", "/restic/")
    .option(...UPDATE_PASSWORDS)
    .option(...DRY_RUN)
    .action((folder: string, options: ImportRestServerOptions) =>
      run(async () => (await import("../commands/import-rest-server.ts")).importRestServer, { ...options, folder }),
    );
  group
    .command("htpasswd <file>")
    .description("make an account of each user of an htpasswd file, each with a folder of its own")
    .option(...APPEND_ONLY)
    .option("--shared", "every account sees everything, instead of its own folder only")
    .option(...UPDATE_PASSWORDS)
    .option(...DRY_RUN)
    .action((file: string, options: ImportHtpasswdOptions) =>
      run(async () => (await import("../commands/import-htpasswd.ts")).importHtpasswd, { ...options, file }),
    );
  group
    .command("list")
    .description("list the folders that are adopted in place")
    .action(() => run(async () => (await import("../commands/import-list.ts")).importList, undefined));
  group
    .command("forget <at>")
    .description("no longer serve an adopted folder; nothing in it is touched, and accounts stay")
    .action((at: string) => run(async () => (await import("../commands/import-forget.ts")).importForget, { at }));
}

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("It is a number of bytes.");
  return Number(text);
}
