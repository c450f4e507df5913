import type { Limits } from "#limits.ts";
import type { ListInput, ListName, ListResult } from "./lists.ts";
import type { ReadConnection } from "./tables.ts";
import type { WriteInput, WriteName, WriteResult } from "./writes.ts";

/**
 * The facts, in one of the two engines. Every call may throw `unavailable` or `overloaded`. Disposing lets the writes and lists that
 * are under way end; point reads are to be over by then.
 */
export interface Database extends AsyncDisposable {
  readonly engine: "sqlite" | "postgres";

  /** For point reads: on SQLite a read-only connection on this thread, on PostgreSQL the pool. What takes long is a list. */
  readonly read: ReadConnection;

  /**
   * Runs a named write; resolves when it is committed and durable. Throws what the write throws, and then nothing of it has happened.
   *
   * `overloaded`: it was never begun. `unavailable`: it was not begun, or its beginning was undone, unless the message says
   * "it may have been saved": then the engine went away between the commit and its answer, and only a look can tell.
   */
  write<Name extends WriteName>(name: Name, input: WriteInput<Name>): Promise<WriteResult<Name>>;

  /** Runs a named list: on SQLite in a thread of its own, on PostgreSQL in the pool. */
  list<Name extends ListName>(name: Name, input: ListInput<Name>): Promise<ListResult<Name>>;

  /**
   * A number that grows with every change of accounts, credentials, grants or repositories, whoever made it, in this process or
   * another; never older than a write that this process has seen resolve. Cheap enough to ask before every request: on SQLite it
   * is exact to the turn of the loop, and a plain number; on PostgreSQL a change made elsewhere shows at most 1 s late.
   */
  accessVersion(): number | Promise<number>;

  /**
   * Calls `told` soon after anybody, in this process or another, may have changed the timeline, until it is disposed: on SQLite
   * within a quarter of a second, on PostgreSQL at once and at most a second late. It keeps the process alive.
   */
  watchOperations(told: () => void): Disposable;
}

export type DatabaseOptions =
  | {
      readonly kind: "sqlite";
      readonly file: string;
      readonly limits: Limits;
      /** Lists run on the calling thread: for a program that asks once and ends, and serves nobody meanwhile. */
      readonly listsInPlace?: boolean;
      /** Is told why one of the engine's threads has ended by itself; the next call starts another. */
      readonly onThreadLost?: (cause: unknown) => void;
    }
  | { readonly kind: "postgres"; readonly url: string; readonly limits: Limits };

/**
 * Opens the database and brings it to the newest schema; any number of processes may do so at once. Throws `unavailable` when it
 * does not answer or a newer Holdfast has already changed its schema, `damaged` when the file is no database.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  // Only the engine that is used is loaded: the command line starts anew for every command.
  if (options.kind === "sqlite") {
    const { openSqliteDatabase } = await import("./sqlite/sqlite-database.ts");
    return await openSqliteDatabase(options);
  }
  const { openPostgresDatabase } = await import("./postgres/postgres-database.ts");
  return await openPostgresDatabase(options);
}
