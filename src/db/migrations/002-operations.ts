import { type Kysely, sql } from "kysely";
import { type Engine, type Migration, withId } from "./migration.ts";

/** What lists of lines are filtered by; each leads to its lines in the order of their ids. */
const FILTERED_BY: readonly (readonly string[])[] = [
  ["kind"],
  ["status"],
  ["kindAndStatus"],
  ["account"],
  ["repository"],
  ["repositoryTop"],
  ["door"],
  ["actorKind"],
  ["actorName"],
  ["recordedAtMs"],
];

/** The timeline, the counter that orders its changes, and the processes that have something running. */
export const operations: Migration = {
  name: "002-operations",
  async up(db, engine, types) {
    await withId(db, "operation", engine, types)
      .addColumn("change", types.integer, (column) => column.notNull().unique())
      .addColumn("recordedAtMs", types.integer, (column) => column.notNull())
      .addColumn("kind", types.text, (column) => column.notNull())
      .addColumn("status", types.text, (column) => column.notNull())
      .addColumn("kindAndStatus", types.text, (column) => column.notNull())
      .addColumn("startedAtMs", types.integer, (column) => column.notNull())
      .addColumn("endedAtMs", types.integer)
      .addColumn("actorKind", types.text, (column) => column.notNull())
      .addColumn("actorName", types.text)
      .addColumn("actorLogin", types.text)
      .addColumn("account", types.text)
      .addColumn("repository", types.text)
      .addColumn("repositoryTop", types.text)
      .addColumn("door", types.text)
      .addColumn("address", types.text)
      .addColumn("client", types.text)
      .addColumn("summary", types.text, (column) => column.notNull())
      .addColumn("details", types.text, (column) => column.notNull())
      .addColumn("once", types.text, (column) => column.unique())
      .addColumn("process", types.text)
      .execute();
    for (const columns of FILTERED_BY) await indexOperations(db, engine, columns);
    await db.schema
      .createIndex("operationProcessRunning")
      .on("operation")
      .column("process")
      .where(sql.ref("process"), "is not", null)
      .execute();

    await db.schema
      .createTable("operationChange")
      .addColumn("id", types.integer, (column) => column.primaryKey().check(sql`id = 1`))
      .addColumn("change", types.integer, (column) => column.notNull())
      .addColumn("recordedAtMs", types.integer, (column) => column.notNull())
      .addColumn("trimmedChange", types.integer, (column) => column.notNull())
      .addColumn("lines", types.integer, (column) => column.notNull())
      .execute();
    await sql`insert into operation_change (id, change, recorded_at_ms, trimmed_change, lines) values (1, 0, 0, 0, 0)`.execute(db);
    if (engine === "postgres") await notifyOfChange(db);

    await db.schema
      .createTable("operationProcess")
      .addColumn("process", types.text, (column) => column.primaryKey().notNull())
      .addColumn("beat", types.integer, (column) => column.notNull())
      .execute();
  },
};

/** An index of SQLite ends in the row's number by itself; named once more it would be stored twice. */
async function indexOperations(db: Kysely<unknown>, engine: Engine, columns: readonly string[]): Promise<void> {
  const name = `operationBy${columns.map((column) => column.replace(/^./, (first) => first.toUpperCase())).join("")}`;
  await db.schema
    .createIndex(name)
    .on("operation")
    .columns(engine === "sqlite" ? [...columns] : [...columns, "id"])
    .execute();
}

/** A trigger, so that no write can forget it. */
async function notifyOfChange(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function tell_operation_change() returns trigger language plpgsql as
    $$ begin perform pg_notify('holdfast_operation_change', ''); return null; end $$
  `.execute(db);
  await sql`create trigger tell after update on operation_change for each row execute function tell_operation_change()`.execute(db);
}
