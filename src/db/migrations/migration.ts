import type { ColumnDataType, Kysely, RawBuilder } from "kysely";

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
