import type { Selectable } from "kysely";
import type { Archive, ArchiveDoor } from "#model/archive.ts";
import type { ArchiveTable } from "./archive-tables.ts";
import { pageLimit } from "./page-limit.ts";
import { NOBODY } from "./quota-scopes.ts";
import type { ReadConnection } from "./tables.ts";

/** What an account calls by that name and has not expired yet, by the row; whether its time is over is the caller's to tell. */
export async function findArchive(
  db: ReadConnection,
  by: { readonly accountId: number; readonly door: ArchiveDoor; readonly name: string },
): Promise<Archive | undefined> {
  const row = await findLiveRow(db, by);
  return row === undefined ? undefined : archiveOf(row);
}

export interface ListArchivesInput {
  readonly accountId: number;
  readonly door: ArchiveDoor;
  /** Those behind this ordinal, and up to that one. */
  readonly after: number;
  readonly upTo: number;
  readonly limit: number;
}

/** A page of an account's archives that no row says have expired, in the order in which they came. */
export async function listArchives(
  db: ReadConnection,
  { accountId, door, after, upTo, limit }: ListArchivesInput,
): Promise<readonly Archive[]> {
  const rows = await db
    .selectFrom("archive")
    .selectAll()
    .where("accountId", "=", accountId)
    .where("door", "=", door)
    .where("ordinal", ">", after)
    .where("ordinal", "<=", upTo)
    .where("expiredAtMs", "is", null)
    .orderBy("ordinal")
    .limit(pageLimit(limit))
    .execute();
  return rows.map(archiveOf);
}

/** The ordinal of the account's newest archive; 0 when there was none. */
export async function findNewestOrdinal(db: ReadConnection, accountId: number): Promise<number> {
  const row = await db.selectFrom("archiveAccount").select("completed").where("accountId", "=", accountId).executeTakeFirst();
  return row?.completed ?? 0;
}

/** An archive whose time is over. Its account may have been removed. */
export interface DueArchive extends Archive {
  readonly accountName: string;
}

/** Archives whose time is over before `beforeMs` and that have not left their place, the longest over first, behind the last one seen. */
export async function listDueArchives(
  db: ReadConnection,
  {
    beforeMs,
    after,
    limit,
  }: { readonly beforeMs: number; readonly after?: Pick<Archive, "expiresAtMs" | "id"> | undefined; readonly limit: number },
): Promise<readonly DueArchive[]> {
  let page = db
    .selectFrom("archive")
    .innerJoin("account", "account.id", "archive.accountId")
    .selectAll("archive")
    .select("account.name as accountName")
    .where("leftAtMs", "is", null)
    .where("expiresAtMs", "<=", beforeMs)
    .orderBy("expiresAtMs")
    .orderBy("archive.id")
    .limit(pageLimit(limit));
  if (after !== undefined) {
    page = page.where((row) =>
      row.or([row("expiresAtMs", ">", after.expiresAtMs), row("expiresAtMs", "=", after.expiresAtMs).and("archive.id", ">", after.id)]),
    );
  }
  return (await page.execute()).map((row) => ({ ...archiveOf(row), accountName: row.accountName }));
}

/** Where a file may lie that nobody was told of: its process has ended. */
export interface OrphanedArchive {
  readonly id: number;
  readonly accountName: string;
  readonly door: ArchiveDoor;
  readonly storedName: string;
}

/** Up to `limit` archives, by their numbers behind `after`, that were arriving when their process ended. */
export async function listOrphanedArchives(
  db: ReadConnection,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<readonly OrphanedArchive[]> {
  return await db
    .selectFrom("archive")
    .innerJoin("account", "account.id", "archive.accountId")
    .select(["archive.id", "account.name as accountName", "archive.door", "archive.storedName"])
    .where("archive.process", "=", NOBODY)
    .where("archive.id", ">", after)
    .orderBy("archive.id")
    .limit(pageLimit(limit))
    .execute();
}

/** The row of the live archive of that name; undefined when there is none. */
export async function findLiveRow(
  db: ReadConnection,
  { accountId, door, name }: { readonly accountId: number; readonly door: ArchiveDoor; readonly name: string },
): Promise<Selectable<ArchiveTable> | undefined> {
  return await db
    .selectFrom("archive")
    .selectAll()
    .where("accountId", "=", accountId)
    .where("door", "=", door)
    .where("name", "=", name)
    .where("createdAtMs", "is not", null)
    .where("expiredAtMs", "is", null)
    .executeTakeFirst();
}

/** The archive of a row that has arrived. */
export function archiveOf(row: Selectable<ArchiveTable>): Archive {
  const { id, accountId, door, name, storedName, sizeBytes, expiredAtMs } = row;
  return {
    id,
    accountId,
    door,
    name,
    storedName,
    sizeBytes,
    sha256: row.sha256 ?? "",
    createdAtMs: row.createdAtMs ?? 0,
    expiresAtMs: row.expiresAtMs ?? 0,
    ordinal: row.ordinal ?? 0,
    expiredAtMs: expiredAtMs ?? undefined,
  };
}
