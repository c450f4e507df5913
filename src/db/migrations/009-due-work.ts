import type { Migration } from "./migration.ts";
import { withId } from "./migration.ts";

/** Work that is to be done at a time, and the processes that do it (docs/decisions/025). */
export const dueWork: Migration = {
  name: "009-due-work",
  async up(db, engine, types) {
    await withId(db, "dueWork", engine, types)
      .addColumn("kind", types.text, (column) => column.notNull())
      .addColumn("key", types.text, (column) => column.notNull())
      .addColumn("lane", types.text, (column) => column.notNull())
      .addColumn("dueAtMs", types.integer, (column) => column.notNull())
      .addColumn("setAtMs", types.integer, (column) => column.notNull())
      .addColumn("payload", types.text, (column) => column.notNull())
      .addColumn("revision", types.integer, (column) => column.notNull())
      .addColumn("claimedRevision", types.integer)
      .addColumn("leaseBy", types.text)
      .addColumn("attempts", types.integer, (column) => column.notNull())
      .addColumn("lastError", types.text)
      .addUniqueConstraint("dueWorkKindKey", ["kind", "key"])
      .execute();
    await db.schema.createIndex("dueWorkLane").on("dueWork").columns(["lane", "dueAtMs", "id"]).execute();
    await db.schema.createIndex("dueWorkSetAt").on("dueWork").column("setAtMs").execute();
    await db.schema.createIndex("dueWorkLeaseBy").on("dueWork").column("leaseBy").execute();
    await db.schema
      .createTable("dueWorkProcess")
      .addColumn("process", types.text, (column) => column.primaryKey())
      .addColumn("beat", types.integer, (column) => column.notNull())
      .execute();
  },
};
