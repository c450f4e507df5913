import { type Kysely, sql } from "kysely";
import { type Migration, withId } from "./migration.ts";

/** Accounts with their credentials and grants, repositories, and the version that tells of their changes. */
export const accountsAndRepositories: Migration = {
  name: "001-accounts-and-repositories",
  async up(db, engine, types) {
    await withId(db, "account", engine, types)
      .addColumn("name", types.text, (column) => column.notNull())
      .addColumn("nameFolded", types.text, (column) => column.notNull().unique())
      .addColumn("createdAtMs", types.integer, (column) => column.notNull())
      .addColumn("disabledAtMs", types.integer)
      .addColumn("removedAtMs", types.integer)
      .execute();

    await withId(db, "credential", engine, types)
      .addColumn("accountId", types.integer, (column) => column.notNull().references("account.id"))
      .addColumn("login", types.text, (column) => column.notNull())
      .addColumn("loginFolded", types.text, (column) => column.notNull().unique())
      .addColumn("secretHash", types.text, (column) => column.notNull())
      .addColumn("createdAtMs", types.integer, (column) => column.notNull())
      .execute();
    await db.schema.createIndex("credentialAccount").on("credential").column("accountId").execute();

    await db.schema
      .createTable("usedLogin")
      .addColumn("loginFolded", types.text, (column) => column.primaryKey().notNull())
      .execute();

    await withId(db, "repository", engine, types)
      .addColumn("path", types.text, (column) => column.notNull().unique())
      .addColumn("home", types.text, (column) => column.notNull())
      .addColumn("createdAtMs", types.integer, (column) => column.notNull())
      .execute();

    await db.schema
      .createTable("repositoryGrant")
      .addColumn("accountId", types.integer, (column) => column.notNull().references("account.id"))
      .addColumn("path", types.text, (column) => column.notNull())
      .addColumn("role", types.text, (column) => column.notNull())
      .addColumn("createdAtMs", types.integer, (column) => column.notNull())
      .addPrimaryKeyConstraint("repositoryGrantKey", ["accountId", "path"])
      .execute();
    await db.schema.createIndex("repositoryGrantPath").on("repositoryGrant").column("path").execute();

    await db.schema
      .createTable("accessVersion")
      .addColumn("id", types.integer, (column) => column.primaryKey().check(sql`id = 1`))
      .addColumn("version", types.integer, (column) => column.notNull())
      .addColumn("changedAtMs", types.integer, (column) => column.notNull())
      .execute();
    await sql`insert into access_version (id, version, changed_at_ms) values (1, 1, 0)`.execute(db);
    if (engine === "postgres") await notifyOfAccessVersion(db);
  },
};

/** A trigger, so that the writes are the same on both engines and none can forget it. */
async function notifyOfAccessVersion(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function tell_access_version() returns trigger language plpgsql as
    $$ begin perform pg_notify('holdfast_access_version', ''); return null; end $$
  `.execute(db);
  await sql`create trigger tell after update on access_version for each row execute function tell_access_version()`.execute(db);
}
