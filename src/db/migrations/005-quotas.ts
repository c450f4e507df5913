import { type Kysely, sql } from "kysely";
import type { Migration } from "./migration.ts";

/** What is stored by whom, how much may be, and what the processes have drawn of it. */
export const quotas: Migration = {
  name: "005-quotas",
  async up(db, _engine, types) {
    const counters = ["data", "keys", "locks", "snapshots", "index", "config"].flatMap((type) => [`${type}Count`, `${type}Bytes`]);
    let use = db.schema
      .createTable("repositoryUse")
      .addColumn("path", types.text, (column) => column.primaryKey().notNull())
      .addColumn("ownerId", types.integer, (column) => column.references("account.id"));
    for (const counter of counters) use = use.addColumn(counter, types.integer, (column) => column.notNull().defaultTo(0));
    await use
      .addColumn("lastSnapshotAtMs", types.integer)
      .addColumn("countedAtMs", types.integer)
      .addColumn("folderMark", types.text)
      .addColumn("recountAskedAtMs", types.integer)
      .addColumn("recountBy", types.text)
      .addColumn("recountDisturbed", types.integer, (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema.createIndex("repositoryUseOwner").on("repositoryUse").column("ownerId").execute();

    await db.schema
      .createTable("quota")
      .addColumn("scope", types.text, (column) => column.notNull())
      .addColumn("key", types.text, (column) => column.notNull())
      .addColumn("softBytes", types.integer)
      .addColumn("hardBytes", types.integer)
      .addColumn("softToldAtMs", types.integer)
      .addColumn("hardToldAtMs", types.integer)
      .addPrimaryKeyConstraint("quotaKey", ["scope", "key"])
      .execute();

    await db.schema
      .createTable("quotaProcess")
      .addColumn("process", types.text, (column) => column.primaryKey().notNull())
      .addColumn("beat", types.integer, (column) => column.notNull())
      .addColumn("flushed", types.integer, (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("quotaBlock")
      .addColumn("process", types.text, (column) => column.notNull())
      .addColumn("path", types.text, (column) => column.notNull())
      .addColumn("ownerId", types.integer)
      .addColumn("bytes", types.integer, (column) => column.notNull())
      .addPrimaryKeyConstraint("quotaBlockKey", ["process", "path"])
      .execute();

    await db.schema
      .createTable("quotaLedger")
      .addColumn("id", types.integer, (column) => column.primaryKey().check(sql`id = 1`))
      .addColumn("trashBytes", types.integer, (column) => column.notNull())
      .addColumn("askedBack", types.integer, (column) => column.notNull())
      .execute();
    await sql`insert into quota_ledger (id, trash_bytes, asked_back) values (1, 0, 0)`.execute(db);
    await giveOwners(db);
  },
};

/** Repositories that are known already belong to the account that their first folder is called after. */
async function giveOwners(db: Kysely<unknown>): Promise<void> {
  const accounts = await sql<{ id: number; nameFolded: string }>`select id, name_folded as "nameFolded" from account`.execute(db);
  const owners = new Map(accounts.rows.map(({ id, nameFolded }) => [nameFolded, id]));
  const { rows } = await sql<{ path: string }>`select path from repository`.execute(db);
  for (const { path } of rows) {
    const owner = owners.get((path.split("/")[1] ?? "").normalize("NFKC").toLowerCase()) ?? null;
    await sql`insert into repository_use (path, owner_id) values (${path}, ${owner})`.execute(db);
  }
}
