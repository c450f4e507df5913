import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const SQLITE_BUSY = 5; // https://www.sqlite.org/rescode.html

/**
 * Takes the one lock of a folder for this process, until it is disposed or the process ends, however it ends. Throws a sentence
 * that names the process which has it.
 *
 * It is an exclusive transaction on a small SQLite file: that is the one lock of the operating system which Node reaches without
 * an addon, and unlike a file with a process number in it, it cannot outlive its holder.
 */
export function lockFolder(folder: string): Disposable {
  const file = join(folder, "holdfast.lock");
  closeSync(openSync(file, "a", 0o600)); // SQLite would make it for everyone to read
  const database = new DatabaseSync(file, { timeout: 0 });
  const holderFile = join(folder, "holdfast.lock.pid");
  try {
    database.exec("PRAGMA journal_mode = DELETE; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;");
  } catch (cause) {
    database.close();
    const isHeld = cause instanceof Error && "errcode" in cause && cause.errcode === SQLITE_BUSY;
    if (!isHeld) throw new Error(`The file ${file} cannot be locked: ${cause instanceof Error ? cause.message : cause}.`, { cause });
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

function holder(file: string): string {
  try {
    return ` (process ${readFileSync(file, "utf8").trim()})`;
  } catch {
    return "";
  }
}
