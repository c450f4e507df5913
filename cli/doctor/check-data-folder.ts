import { accessSync, constants, existsSync, type Stats, statSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { type Check, failedCheck } from "./check.ts";

const NAME = "data folder";

/** Whether the data folder is there, may be written to, and is closed to the other users of the machine. */
export function checkDataFolder(data: string): Check {
  try {
    const stats = statSync(data, { throwIfNoEntry: false });
    if (stats === undefined) return checkFutureFolder(data);
    if (!stats.isDirectory())
      return { name: NAME, status: "wrong", what: `${data} is no folder`, advice: "choose another one with --data" };
    requireWritable(data);
    return checkOpenness(data, stats);
  } catch (error) {
    return failedCheck(NAME, error, "run as the user that owns it, give it to this one with chown, or choose another folder with --data");
  }
}

function checkFutureFolder(data: string): Check {
  const parent = existingParent(data);
  const [next = ""] = relative(parent, data).split(sep);
  if (existsSync(join(parent, next))) throw new Error(`${join(parent, next)} is no folder`);
  requireWritable(parent);
  return { name: NAME, status: "ok", what: `${data} is not there yet; the first start makes it` };
}

function checkOpenness(data: string, { mode, uid }: Stats): Check {
  const octal = (mode & 0o777).toString(8).padStart(4, "0");
  if ((mode & 0o077) !== 0) {
    return { name: NAME, status: "warning", what: `${data} has mode ${octal}: other users may look into it`, advice: `chmod 0700 ${data}` };
  }
  const ownUid = process.getuid?.();
  if (ownUid !== undefined && uid !== ownUid) {
    const what = `${data} belongs to user ${uid}, and this is user ${ownUid}`;
    return { name: NAME, status: "warning", what, advice: "run commands as the hub's own user: what others make in there it may not read" };
  }
  return { name: NAME, status: "ok", what: `${data}, mode ${octal}, writable` };
}

/** The folder, or the nearest one above it that exists and can be looked at. */
export function existingParent(folder: string): string {
  return isFolder(folder) || dirname(folder) === folder ? folder : existingParent(dirname(folder));
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // not there, below a file, or not for us to see
  }
}

function requireWritable(folder: string): void {
  accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
}
