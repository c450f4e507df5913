import { sql } from "kysely";
import { type Migration, withId } from "./migration.ts";

/** Whole-file backups: accounts that keep them, the archives, and what must stay. */
export const archives: Migration = {
  name: "010-archives",
  async up(db, engine, types) {
    await db.schema.alterTable("credential").addColumn("archiveScope", types.text).execute();
    await db.schema
      .createTable("archiveAccount")
      .addColumn("accountId", types.integer, (column) => column.primaryKey())
      .addColumn("retainDays", types.integer, (column) => column.notNull())
      .addColumn("retentionMode", types.text, (column) => column.notNull())
      .addColumn("acceptsUnknownLength", types.integer, (column) => column.notNull())
      .addColumn("mostFileBytes", types.integer)
      .addColumn("mostFiles", types.integer)
      .addColumn("suspendedAtMs", types.integer)
      .addColumn("suspendedReason", types.text)
      .addColumn("usedBytes", types.integer, (column) => column.notNull())
      .addColumn("usedFiles", types.integer, (column) => column.notNull())
      .addColumn("completed", types.integer, (column) => column.notNull())
      .addColumn("lastCreatedAtMs", types.integer, (column) => column.notNull())
      .execute();

    await withId(db, "archive", engine, types)
      .addColumn("accountId", types.integer, (column) => column.notNull())
      .addColumn("door", types.text, (column) => column.notNull())
      .addColumn("name", types.text, (column) => column.notNull())
      .addColumn("storedName", types.text, (column) => column.notNull())
      .addColumn("storedNameFolded", types.text, (column) => column.notNull())
      .addColumn("sizeBytes", types.integer, (column) => column.notNull())
      .addColumn("process", types.text)
      .addColumn("startedAtMs", types.integer, (column) => column.notNull())
      .addColumn("ordinal", types.integer)
      .addColumn("sha256", types.text)
      .addColumn("contentType", types.text)
      .addColumn("login", types.text, (column) => column.notNull())
      .addColumn("createdAtMs", types.integer)
      .addColumn("expiresAtMs", types.integer)
      .addColumn("expiredAtMs", types.integer)
      .addColumn("leftAtMs", types.integer)
      .execute();
    // One live archive of a name, and one file of a stored name: the indexes decide, whoever asks at once.
    await db.schema
      .createIndex("archiveLive")
      .on("archive")
      .columns(["accountId", "door", "name"])
      .unique()
      .where(sql.ref("created_at_ms"), "is not", null)
      .where(sql.ref("expired_at_ms"), "is", null)
      .execute();
    await db.schema
      .createIndex("archivePlace")
      .on("archive")
      .columns(["accountId", "door", "storedNameFolded"])
      .unique()
      .where(sql.ref("left_at_ms"), "is", null)
      .execute();
    await db.schema.createIndex("archiveOrder").on("archive").columns(["accountId", "door", "ordinal"]).execute();
    await db.schema
      .createIndex("archiveDue")
      .on("archive")
      .columns(["expiresAtMs", "id"])
      .where(sql.ref("left_at_ms"), "is", null)
      .execute();
    await db.schema.createIndex("archiveArriving").on("archive").column("process").where(sql.ref("process"), "is not", null).execute();

    await db.schema
      .createTable("archiveSession")
      .addColumn("tokenSha256", types.text, (column) => column.primaryKey())
      .addColumn("accountId", types.integer, (column) => column.notNull())
      .addColumn("credentialId", types.integer, (column) => column.notNull())
      .addColumn("secretHash", types.text, (column) => column.notNull())
      .addColumn("namePrefix", types.text, (column) => column.notNull())
      .addColumn("createdAtMs", types.integer, (column) => column.notNull())
      .addColumn("expiresAtMs", types.integer, (column) => column.notNull())
      .addColumn("usesLeft", types.integer)
      .addColumn("firstUsedAtMs", types.integer)
      .addColumn("endedAtMs", types.integer)
      .execute();
    await db.schema.createIndex("archiveSessionAccount").on("archiveSession").columns(["accountId", "expiresAtMs"]).execute();

    await withId(db, "archiveHold", engine, types)
      .addColumn("accountId", types.integer, (column) => column.notNull())
      .addColumn("namePrefix", types.text, (column) => column.notNull())
      .addColumn("isExact", types.integer, (column) => column.notNull())
      .addColumn("reason", types.text, (column) => column.notNull())
      .addColumn("createdAtMs", types.integer, (column) => column.notNull())
      .execute();
    await db.schema.createIndex("archiveHoldAccount").on("archiveHold").column("accountId").execute();
  },
};
