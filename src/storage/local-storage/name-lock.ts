import * as fs from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { HubError } from "#model/hub-error.ts";

const SQLITE_BUSY = 5; // https://www.sqlite.org/rescode.html
const FIRST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 20;
const DEADLINE_MS = 10_000;

/**
 * Lets one process at a time look a name up and take it, where the file system has no one call for both. It is a transaction on an empty
 * SQLite file that never writes: a lock of the operating system, which ends with its holder however that ends (docs/decisions/002), and
 * of which nothing is left to be mistaken for a file.
 */
export class NameLock implements Disposable {
  readonly #file: string;
  #database: DatabaseSync | undefined;

  /** `file` is made when it is first needed; all processes that share names have to name the same. */
  constructor(file: string) {
    this.#file = file;
  }

  /** Throws `EEXIST` when the name is taken, `overloaded` when another process takes too long. Both are absolute. */
  async renameToAbsent(from: string, to: string): Promise<void> {
    await this.#hold(() => {
      if (fs.lstatSync(to, { throwIfNoEntry: false }) !== undefined) {
        throw Object.assign(new Error("EEXIST: the name is taken"), { code: "EEXIST" });
      }
      fs.renameSync(from, to);
    });
  }

  /** Runs `step`, which waits for nothing, while no other process runs one. */
  async #hold(step: () => void): Promise<void> {
    const database = this.#open();
    const endMs = performance.now() + DEADLINE_MS;
    for (let waitMs = FIRST_WAIT_MS; !hasBegun(database); waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      if (performance.now() > endMs) throw new HubError("overloaded", "Another process holds up this disk; try again soon");
      await sleep(waitMs);
    }
    try {
      step();
    } finally {
      database.exec("ROLLBACK");
    }
  }

  [Symbol.dispose](): void {
    this.#database?.close();
    this.#database = undefined;
  }

  #open(): DatabaseSync {
    if (this.#database !== undefined) return this.#database;
    fs.closeSync(fs.openSync(this.#file, "a", 0o600)); // SQLite would make it for everyone to read
    this.#database = new DatabaseSync(this.#file, { timeout: 0 });
    return this.#database;
  }
}

/** The lock that processes share which know a tree by this root. */
export function lockOfNames(root: string): NameLock {
  return new NameLock(join(root, ".hub-names.lock"));
}

function hasBegun(database: DatabaseSync): boolean {
  try {
    database.exec("BEGIN IMMEDIATE");
    return true;
  } catch (error) {
    if (error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY) return false;
    throw error;
  }
}
