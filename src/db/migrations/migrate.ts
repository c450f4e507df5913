import { type Kysely, sql } from "kysely";
import { HubError } from "#model/hub-error.ts";
import type { Tables } from "../tables.ts";
import { accountsAndRepositories } from "./001-accounts-and-repositories.ts";
import { operations } from "./002-operations.ts";
import { credentials } from "./003-credentials.ts";
import { removal } from "./004-removal.ts";
import { quotas } from "./005-quotas.ts";
import { modes } from "./006-modes.ts";
import { entryPaths } from "./007-entries.ts";
import { apiTokens } from "./008-api-tokens.ts";
import { dueWork } from "./009-due-work.ts";
import { archives } from "./010-archives.ts";
import { alarms } from "./011-alarms.ts";
import type { ColumnTypes, Engine, Migration } from "./migration.ts";

/** Every step of the schema in order; the number of a step is its place, from 1. */
export const MIGRATIONS: readonly Migration[] = [
  accountsAndRepositories,
  operations,
  credentials,
  removal,
  quotas,
  modes,
  entryPaths,
  apiTokens,
  dueWork,
  archives,
  alarms,
];

// Any number, as long as nobody else who uses the same database takes it: "Hold" in ASCII.
const POSTGRES_LOCK = 0x48_6f_6c_64;

const COLUMN_TYPES: Readonly<Record<Engine, ColumnTypes>> = {
  sqlite: { id: "integer", integer: "integer", text: "text" },
  postgres: { id: "bigint", integer: "bigint", text: sql`text collate "C"` },
};

/**
 * Whether the schema is the newest. False for an older one and for an empty database; throws `unavailable` when it is newer than
 * this program.
 */
export async function isMigrated(db: Kysely<Tables>, engine: Engine, migrations = MIGRATIONS): Promise<boolean> {
  return (await findSchemaVersion(db, engine, migrations)) === migrations.length;
}

/** Makes the steps that are missing, all of them or none. `db` is one whose transactions on SQLite begin with the write lock. */
export async function migrate(db: Kysely<Tables>, engine: Engine, migrations = MIGRATIONS): Promise<void> {
  await db.transaction().execute(async (tx) => {
    // SQLite has taken its one write lock with BEGIN IMMEDIATE. Whoever waited here finds the work done.
    if (engine === "postgres") await sql`select pg_advisory_xact_lock(${POSTGRES_LOCK})`.execute(tx);

    const types = COLUMN_TYPES[engine];
    await tx.schema
      .createTable("schemaMigration")
      .ifNotExists()
      .addColumn("version", types.integer, (column) => column.primaryKey())
      .addColumn("name", types.text, (column) => column.notNull())
      .execute();
    const done = await findSchemaVersion(tx, engine, migrations);
    for (const [index, migration] of migrations.entries()) {
      if (index < done) continue;
      await migration.up(tx as unknown as Kysely<unknown>, engine, types); // it knows the tables of its own time, not ours
      await tx
        .insertInto("schemaMigration")
        .values({ version: index + 1, name: migration.name })
        .execute();
    }
  });
}

async function findSchemaVersion(db: Kysely<Tables>, engine: Engine, migrations: readonly Migration[]): Promise<number> {
  if (!(await hasMigrationTable(db, engine))) return 0;
  const row = await db
    .selectFrom("schemaMigration")
    .select((select) => select.fn.max("version").as("version"))
    .executeTakeFirst();
  const version = row?.version ?? 0;
  if (version > migrations.length) {
    throw new HubError("unavailable", `The database is of a newer Holdfast: schema ${version}, not ${migrations.length}`);
  }
  return version;
}

async function hasMigrationTable(db: Kysely<Tables>, engine: Engine): Promise<boolean> {
  const { rows } =
    engine === "sqlite"
      ? await sql`select 1 from sqlite_master where type = 'table' and name = 'schema_migration'`.execute(db)
      : await sql`select 1 where to_regclass('schema_migration') is not null`.execute(db);
  return rows.length > 0;
}
