import type { Migration } from "./migration.ts";

/** Parts of an entry's namespace that lie in folders elsewhere. */
export const entryPaths: Migration = {
  name: "007-entries",
  async up(db, _engine, types) {
    await db.schema
      .createTable("entryPath")
      .addColumn("entry", types.text, (column) => column.notNull())
      .addColumn("prefix", types.text, (column) => column.notNull())
      .addColumn("folder", types.text, (column) => column.notNull())
      .addColumn("mount", types.text)
      .addColumn("createdAtMs", types.integer, (column) => column.notNull())
      .addPrimaryKeyConstraint("entryPathKey", ["entry", "prefix"])
      .execute();
  },
};
