import { sql } from "kysely";
import { type Migration, withId } from "./migration.ts";

/** What keeps things from being removed and lets them go, and how long the hub has run since something was. */
export const removal: Migration = {
  name: "004-removal",
  async up(db, engine, types) {
    await withId(db, "hold", engine, types)
      .addColumn("path", types.text, (column) => column.notNull())
      .addColumn("untilMs", types.integer)
      .addColumn("minAgeMs", types.integer)
      .addColumn("reason", types.text, (column) => column.notNull())
      .addColumn("createdAtMs", types.integer, (column) => column.notNull())
      .execute();
    await db.schema.createIndex("holdPath").on("hold").column("path").execute();

    await withId(db, "cleanupWindow", engine, types)
      .addColumn("ownerKind", types.text, (column) => column.notNull())
      .addColumn("ownerName", types.text, (column) => column.notNull())
      .addColumn("path", types.text, (column) => column.notNull())
      .addColumn("reason", types.text, (column) => column.notNull())
      .addColumn("opensAtMs", types.integer, (column) => column.notNull())
      .addColumn("closesAtMs", types.integer, (column) => column.notNull())
      .execute();
    await db.schema.createIndex("cleanupWindowPath").on("cleanupWindow").column("path").execute();

    await db.schema
      .createTable("cleanupOnly")
      .addColumn("path", types.text, (column) => column.primaryKey().notNull())
      .addColumn("createdAtMs", types.integer, (column) => column.notNull())
      .execute();

    await db.schema
      .createTable("hubClock")
      .addColumn("id", types.integer, (column) => column.primaryKey().check(sql`id = 1`))
      .addColumn("runningMs", types.integer, (column) => column.notNull())
      .addColumn("wallMs", types.integer, (column) => column.notNull())
      .execute();
    await sql`insert into hub_clock (id, running_ms, wall_ms) values (1, 0, 0)`.execute(db);

    await db.schema
      .createTable("trashHour")
      .addColumn("hour", types.text, (column) => column.primaryKey().notNull())
      .addColumn("usedAtRunningMs", types.integer, (column) => column.notNull())
      .execute();
  },
};
