import type { Command } from "../command-context.ts";
import { readHtpasswdFile, runImport } from "../run-import.ts";

export interface ImportHtpasswdOptions {
  readonly appendOnly?: boolean;
  readonly shared?: boolean;
  readonly updatePasswords?: boolean;
  readonly dryRun?: boolean;
}

/** `holdfast import htpasswd` */
export const importHtpasswd: Command<ImportHtpasswdOptions & { file: string }> = async (context, input) =>
  await runImport(context, {
    folder: undefined,
    htpasswd: readHtpasswdFile(input.file),
    privateRepos: input.shared !== true,
    appendOnly: input.appendOnly === true,
    maxSizeBytes: undefined,
    updatePasswords: input.updatePasswords === true,
    at: "/restic/",
    dryRun: input.dryRun === true,
  });
