import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { HubError } from "#model/hub-error.ts";
import type { Command } from "../command-context.ts";
import { readHtpasswdFile, runImport } from "../run-import.ts";

export interface ImportRestServerOptions {
  readonly htpasswd?: string;
  /** False with `--no-auth`. */
  readonly auth: boolean;
  readonly appendOnly?: boolean;
  readonly privateRepos?: boolean;
  readonly maxSize?: number;
  readonly at: string;
  readonly updatePasswords?: boolean;
  readonly dryRun?: boolean;
}

/** `holdfast import rest-server` */
export const importRestServer: Command<ImportRestServerOptions & { folder: string }> = async (context, input) => {
  if (!input.auth && input.htpasswd !== undefined) throw new HubError("invalid_input", "--htpasswd and --no-auth do not go together");
  const folder = resolve(input.folder);
  const file = input.htpasswd ?? join(folder, ".htpasswd");
  if (input.auth && input.htpasswd === undefined && existsSync(folder) && !existsSync(file)) {
    throw new HubError("not_found", `There is no ${file}; name it with --htpasswd, or give --no-auth`);
  }
  return await runImport(context, {
    folder,
    htpasswd: input.auth && existsSync(folder) ? readHtpasswdFile(file) : undefined,
    privateRepos: input.privateRepos === true,
    appendOnly: input.appendOnly === true,
    maxSizeBytes: input.maxSize === 0 ? undefined : input.maxSize, // 0 is rest-server's word for none
    updatePasswords: input.updatePasswords === true,
    at: input.at,
    dryRun: input.dryRun === true,
  });
};
