import { sql } from "kysely";
import { type Migration, withId } from "./migration.ts";

/** The timeline, and the counter that orders its changes. */
export const operations: Migration = {
  name: "002-operations",
  async up(db, engine, types) {
    await withId(db, "operation", engine, types)
      .addColumn("change", types.integer, (column) => column.notNull().unique())
      .addColumn("kind", types.text, (column) => column.notNull())
      .addColumn("status", types.text, (column) => column.notNull())
      .addColumn("startedAtMs", types.integer, (column) => column.notNull())
      .addColumn("endedAtMs", types.integer)
      .addColumn("actorKind", types.text, (column) => column.notNull())
      .addColumn("actorName", types.text)
      .addColumn("actorLogin", types.text)
      .addColumn("account", types.text)
      .addColumn("repository", types.text)
      .addColumn("door", types.text)
      .addColumn("address", types.text)
      .addColumn("client", types.text)
      .addColumn("summary", types.text, (column) => column.notNull())
      .addColumn("details", types.text, (column) => column.notNull())
      .execute();

    await db.schema
      .createTable("operationChange")
      .addColumn("id", types.integer, (column) => column.primaryKey().check(sql`id = 1`))
      .addColumn("change", types.integer, (column) => column.notNull())
      .execute();
    await sql`insert into operation_change (id, change) values (1, 0)`.execute(db);
  },
};
