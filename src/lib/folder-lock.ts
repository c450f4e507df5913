import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const LOCK_FILE = "holdfast.lock";
const SQLITE_BUSY = 5; // https://www.sqlite.org/rescode.html
const LOOK_MS = 250; // whoever only looks whether it is held has it for a moment

/**
 * Takes the one lock of a folder for this process, until it is disposed or the process ends, however it ends. Throws a sentence
 * that names the process which has it.
 *
 * It is an exclusive transaction on a small SQLite file: that is the one lock of the operating system which Node reaches without
 * an addon, and unlike a file with a process number in it, it cannot outlive its holder.
 */
export function lockFolder(folder: string): Disposable {
  const file = join(folder, LOCK_FILE);
  closeSync(openSync(file, "a", 0o600)); // SQLite would make it for everyone to read
  const database = new DatabaseSync(file, { timeout: LOOK_MS });
  const holderFile = join(folder, "holdfast.lock.pid");
  try {
    database.exec("PRAGMA journal_mode = DELETE; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;");
  } catch (cause) {
    database.close();
    if (!isBusy(cause)) throw new Error(`The file ${file} cannot be locked: ${cause instanceof Error ? cause.message : cause}.`, { cause });
    throw new Error(`Another Holdfast${holder(holderFile)} already works on ${folder}; stop it, or choose another folder with --data.`, {
      cause,
    });
  }
  writeFileSync(holderFile, `${process.pid}\n`, { mode: 0o600 });
  return {
    [Symbol.dispose]() {
      rmSync(holderFile, { force: true });
      database.close();
    },
  };
}

/** Whether a process has the lock of the folder; undefined when that cannot be told, as for somebody who may not read it. */
export function isFolderLocked(folder: string): boolean | undefined {
  try {
    using database = new DatabaseSync(join(folder, LOCK_FILE), { timeout: 0, readOnly: true });
    database.prepare("SELECT 1 FROM sqlite_schema").get(); // any look at the file asks for its lock
    return false;
  } catch (error) {
    return isBusy(error) ? true : undefined;
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;
}

function holder(file: string): string {
  try {
    return ` (process ${readFileSync(file, "utf8").trim()})`;
  } catch {
    return "";
  }
}
