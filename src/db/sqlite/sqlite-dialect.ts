import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import { RecentMap } from "#lib/recent-map.ts";
import { checkParameters } from "../check-parameters.ts";
import { asRefusal } from "./sqlite-error.ts";

/**
 * Kysely over one connection of node:sqlite. Statements are prepared once and kept; transactions begin with the write lock. A query
 * ends before its promise is handed out, so what is awaited between two queries of one function is never another's.
 */
export class SqliteDialect implements Dialect {
  readonly #handle: DatabaseSync;

  /** Whoever opened `handle` closes it. */
  constructor(handle: DatabaseSync) {
    this.#handle = handle;
  }

  createDriver(): Driver {
    return new SqliteDriver(new SqliteConnection(this.#handle));
  }

  createQueryCompiler(): SqliteQueryCompiler {
    return new SqliteQueryCompiler();
  }

  createAdapter(): SqliteAdapter {
    return new SqliteAdapter();
  }

  createIntrospector(db: Kysely<unknown>): SqliteIntrospector {
    return new SqliteIntrospector(db);
  }
}

class SqliteDriver implements Driver {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    // A plain BEGIN that turns into a write later fails at once when another process has written in between.
    await connection.executeQuery(CompiledQuery.raw("begin immediate"));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("commit"));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("rollback"));
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {}
}

const STATEMENTS = 256; // a few kilobytes each; the shapes of our queries are far fewer

interface Prepared {
  readonly statement: StatementSync;
  readonly givesRows: boolean;
}

class SqliteConnection implements DatabaseConnection {
  readonly #handle: DatabaseSync;
  readonly #prepared = new RecentMap<string, Prepared>(STATEMENTS);

  constructor(handle: DatabaseSync) {
    this.#handle = handle;
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    checkParameters(parameters);
    const values = parameters as readonly SQLInputValue[]; // just checked
    try {
      const { statement, givesRows } = this.#prepare(sql);
      if (givesRows) return { rows: statement.all(...values) as Row[] }; // Kysely knows the row that its query asks for
      const { changes } = statement.run(...values);
      return { rows: [], numAffectedRows: BigInt(changes) };
    } catch (error) {
      throw asRefusal(error);
    }
  }

  // biome-ignore lint/correctness/useYield: there is no row to give
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error("A stream would hold its snapshot open while others write; read page by page");
  }

  #prepare(sql: string): Prepared {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const statement = this.#handle.prepare(sql);
    const prepared = { statement, givesRows: statement.columns().length > 0 };
    this.#prepared.set(sql, prepared);
    return prepared;
  }
}
