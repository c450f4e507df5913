import { existsSync } from "node:fs";
import type { StatementSync } from "node:sqlite";
import type { Limits } from "#limits.ts";
import type { Database, DatabaseOptions } from "../database.ts";
import { LISTS, type ListInput, type ListName, type ListResult } from "../lists.ts";
import { isMigrated } from "../migrations/migrate.ts";
import { pollOperations } from "../poll-operations.ts";
import type { ReadConnection } from "../tables.ts";
import { DatabaseThread } from "../writer/database-thread.ts";
import type { WriteInput, WriteName, WriteResult } from "../writes.ts";
import { migrateFile } from "./migrate-file.ts";
import { openConnection, type SqliteConnection } from "./open-connection.ts";
import { asRefusal } from "./sqlite-error.ts";

const WRITE_THREAD = new URL("../writer/write-thread.ts", import.meta.url);
const LIST_THREAD = new URL("../writer/list-thread.ts", import.meta.url);

// A read waits only for a process that makes the log anew after a crash, or takes it away; it holds up the event loop meanwhile.
const LOOP_BUSY_MS = 250;

const OPERATIONS_POLL_MS = 250;

type SqliteOptions = Omit<Extract<DatabaseOptions, { kind: "sqlite" }>, "kind">;

/** `openDatabase` for a file. No thread is started before something is written or listed. */
export async function openSqliteDatabase(options: SqliteOptions): Promise<Database> {
  const { file, limits } = options;
  const reader = (await openMigrated(file, limits)) ?? (await migrateAndOpen(file, limits));
  reader.handle.exec(`PRAGMA busy_timeout = ${LOOP_BUSY_MS}`);
  return new SqliteDatabase(reader, options);
}

/** A reader, or undefined when the file is missing or its schema is old. */
async function openMigrated(file: string, limits: Limits): Promise<SqliteConnection | undefined> {
  if (!existsSync(file)) return undefined;
  using stack = new DisposableStack();
  const reader = stack.use(openConnection({ file, busyMs: limits.databaseBusyMs, use: "read" }));
  if (!(await isMigrated(reader.db, "sqlite"))) return undefined;
  stack.move();
  return reader;
}

async function migrateAndOpen(file: string, limits: Limits): Promise<SqliteConnection> {
  await migrateFile(file, limits.databaseBusyMs);
  return openConnection({ file, busyMs: limits.databaseBusyMs, use: "read" });
}

class SqliteDatabase implements Database {
  readonly engine = "sqlite";
  readonly read: ReadConnection;
  readonly #reader: SqliteConnection;
  readonly #writer: DatabaseThread;
  readonly #lister: DatabaseThread;
  readonly #listsInPlace: boolean;
  readonly #dataVersion: StatementSync;
  readonly #accessVersion: StatementSync;
  readonly #operationChange: StatementSync;
  #seenDataVersion = -1;
  #seenAccessVersion = 0;
  /** Looked at in this turn of the loop. */
  #isFresh = false;

  constructor(reader: SqliteConnection, { file, limits, listsInPlace = false, onThreadLost }: SqliteOptions) {
    this.#reader = reader;
    this.#listsInPlace = listsInPlace;
    this.read = reader.db;
    const threads = { file, limits, onLost: onThreadLost };
    this.#writer = new DatabaseThread({ ...threads, entry: WRITE_THREAD, changes: true });
    this.#lister = new DatabaseThread({ ...threads, entry: LIST_THREAD, changes: false });
    this.#dataVersion = reader.handle.prepare("PRAGMA data_version");
    this.#accessVersion = reader.handle.prepare("SELECT version FROM access_version");
    this.#operationChange = reader.handle.prepare("SELECT change FROM operation_change");
  }

  async write<Name extends WriteName>(name: Name, input: WriteInput<Name>): Promise<WriteResult<Name>> {
    try {
      return (await this.#writer.run(name, input)) as WriteResult<Name>; // the thread runs the write of that name
    } finally {
      this.#isFresh = false;
    }
  }

  async list<Name extends ListName>(name: Name, input: ListInput<Name>): Promise<ListResult<Name>> {
    const list = this.#listsInPlace ? LISTS[name](this.read, input as never) : this.#lister.run(name, input);
    return (await list) as ListResult<Name>; // both run the list of that name, and its types say that name and input belong together
  }

  accessVersion(): number {
    if (this.#isFresh) return this.#seenAccessVersion;
    try {
      // Changes with every commit of any other connection, in memory that the processes share; only then the row is read.
      const dataVersion = Number(this.#dataVersion.get()?.["data_version"]);
      if (dataVersion !== this.#seenDataVersion) {
        this.#seenAccessVersion = Number(this.#accessVersion.get()?.["version"]);
        this.#seenDataVersion = dataVersion;
      }
      // The look is a tenth of a small request. What comes in one turn of the loop has come before anybody could see a later change.
      this.#isFresh = true;
      setImmediate(() => {
        this.#isFresh = false;
      });
      return this.#seenAccessVersion;
    } catch (error) {
      throw asRefusal(error);
    }
  }

  watchOperations(told: () => void): Disposable {
    let seen: unknown;
    // One page of the file that lies in memory: as cheap as asking first whether anybody has written at all.
    return pollOperations(OPERATIONS_POLL_MS, () => {
      const change = this.#operationChange.get()?.["change"];
      if (change !== seen) told();
      seen = change;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#writer[Symbol.asyncDispose](), this.#lister[Symbol.asyncDispose]()]);
    this.#reader[Symbol.dispose]();
  }
}
