import type { ColumnDataType, CreateTableBuilder, Kysely, RawBuilder } from "kysely";

export type Engine = "sqlite" | "postgres";

/** How the kinds of columns that we use are called in an engine. */
export interface ColumnTypes {
  /** A row's number. */
  readonly id: ColumnDataType;
  /** An integer up to 2^53; times are in milliseconds. */
  readonly integer: ColumnDataType;
  /** Text that is compared and sorted by its bytes, in both engines alike. */
  readonly text: ColumnDataType | RawBuilder<unknown>;
}

/**
 * One step of the schema, the same on both engines. It is run once, inside a transaction, and never changed after a release. It
 * sees no row type, because the tables are those of its own time.
 */
export interface Migration {
  readonly name: string;
  up(db: Kysely<unknown>, engine: Engine, types: ColumnTypes): Promise<void>;
}

/** A table whose rows are numbered by the engine. No number is given out twice, also when its row is gone. */
export function withId(db: Kysely<unknown>, name: string, engine: Engine, types: ColumnTypes): CreateTableBuilder<string, "id"> {
  return db.schema
    .createTable(name)
    .addColumn("id", types.id, (column) =>
      engine === "sqlite" ? column.primaryKey().autoIncrement() : column.generatedAlwaysAsIdentity().primaryKey(),
    );
}
