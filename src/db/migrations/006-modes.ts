import type { Migration } from "./migration.ts";

/** Read-only and maintenance mode, of the hub or of a path. */
export const modes: Migration = {
  name: "006-modes",
  async up(db, _engine, types) {
    await db.schema
      .createTable("mode")
      .addColumn("scope", types.text, (column) => column.primaryKey().notNull())
      .addColumn("mode", types.text, (column) => column.notNull())
      .addColumn("reason", types.text, (column) => column.notNull())
      .addColumn("sinceMs", types.integer, (column) => column.notNull())
      .execute();
  },
};
