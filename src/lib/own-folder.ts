import { accessSync, constants, mkdirSync, mkdtempSync, rmdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Makes a folder for this process's user alone, or sees to it that it can use the one that is there. Throws a sentence for people. */
export function openOwnFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.replace(/, (mkdir|access) '.*$/, "") : String(cause);
    throw new Error(`The data folder ${folder} cannot be used (${why}); run as the user that owns it, or choose another with --data.`, {
      cause,
    });
  }
}

/**
 * A sentence when what lies at `inside` in the folder is another user's: what one user makes there another may not read, root's files
 * least of all. Undefined when it is not, or not there. Compared with a file that is made just now, because on some file systems over a
 * network, files are not their maker's.
 */
export function findOtherOwner(folder: string, inside: string): string | undefined {
  const owner = statSync(join(folder, inside), { throwIfNoEntry: false })?.uid;
  if (owner === undefined || isOwnedByUs(owner, folder)) return undefined;
  return `The data folder ${folder} is used by user ${owner}, and this is user ${process.getuid?.()}: run as that user, or give it away with chown.`;
}

/** Whether what `owner` has in the folder is this process's user's, by number or because new files there get that owner too. */
export function isOwnedByUs(owner: number, folder: string): boolean {
  const self = process.getuid?.();
  return self === undefined || owner === self || owner === ownerOfNew(folder);
}

/** Whose what this process makes in the folder is; undefined when there is no room to try. */
function ownerOfNew(folder: string): number | undefined {
  try {
    const probe = mkdtempSync(join(folder, ".hub-owner-"));
    try {
      return statSync(probe).uid;
    } finally {
      rmdirSync(probe);
    }
  } catch {
    return undefined;
  }
}
