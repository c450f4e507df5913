import { DatabaseSync } from "node:sqlite";
import { CamelCasePlugin, Kysely } from "kysely";
import type { Tables } from "../tables.ts";
import { SqliteDialect } from "./sqlite-dialect.ts";
import { asRefusal } from "./sqlite-error.ts";

/** One connection to the file: `db` for queries, `handle` for what Kysely does not know. */
export interface SqliteConnection extends Disposable {
  readonly db: Kysely<Tables>;
  readonly handle: DatabaseSync;
}

export interface ConnectionOptions {
  readonly file: string;
  /** How long a statement waits for the lock of another connection. It blocks its thread meanwhile. */
  readonly busyMs: number;
  readonly use: "read" | "write";
}

/** Opens a connection; disposing the last one of all processes moves the log into the file and removes it. Throws `unavailable`, `damaged`. */
export function openConnection({ file, busyMs, use }: ConnectionOptions): SqliteConnection {
  let handle: DatabaseSync | undefined;
  try {
    handle = new DatabaseSync(file, { timeout: busyMs, enableForeignKeyConstraints: true });
    handle.exec("PRAGMA synchronous = FULL");
    // Not SQLite's own read-only mode: a connection of that kind cannot recover or tidy up the log after a crash.
    if (use === "read") handle.exec("PRAGMA query_only = ON");
  } catch (error) {
    handle?.close();
    throw asRefusal(error);
  }
  const opened = handle;
  return {
    db: new Kysely<Tables>({ dialect: new SqliteDialect(opened), plugins: [new CamelCasePlugin()] }),
    handle: opened,
    [Symbol.dispose]: () => opened.close(),
  };
}
