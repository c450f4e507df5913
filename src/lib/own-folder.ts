import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * Makes a folder for this process alone, or sees to it that it can use the one that is there; `inside` names what it holds of its
 * own. Throws a sentence for people.
 *
 * What one user makes there another may not read, root's files least of all: a command that is run as root beside a hub would
 * leave files that the hub fails on later, far from the cause. So whoever does not own what is inside is sent away.
 */
export function openOwnFolder(folder: string, inside: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.replace(/, (mkdir|access) '.*$/, "") : String(cause);
    throw new Error(`The data folder ${folder} cannot be used (${why}); run as the user that owns it, or choose another with --data.`, {
      cause,
    });
  }
  const owner = statSync(join(folder, inside), { throwIfNoEntry: false })?.uid;
  const self = process.getuid?.();
  if (owner === undefined || self === undefined || owner === self) return;
  throw new Error(
    `The data folder ${folder} is used by user ${owner}, and this is user ${self}; run as that user, or give it away with chown.`,
  );
}
