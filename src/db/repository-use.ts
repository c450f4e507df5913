import type { Selectable } from "kysely";
import { foldName } from "#model/account.ts";
import { COUNTED_TYPES, noUse, type RepositoryUse } from "#model/quota.ts";
import { raiseAccessVersion } from "./access-version.ts";
import { pageLimit } from "./page-limit.ts";
import { NOBODY } from "./quota-scopes.ts";
import type { RepositoryUseTable } from "./quota-tables.ts";
import type { ReadConnection, WriteTransaction } from "./tables.ts";

/** What a repository holds and may hold. */
export interface ListedRepositoryUse {
  readonly path: string;
  /** Name of the account that owns it; undefined for none. */
  readonly ownerName: string | undefined;
  readonly use: RepositoryUse;
  readonly lastSnapshotAtMs: number | undefined;
  /** When it was last counted; undefined for never: then `use` only holds what has changed since. */
  readonly countedAtMs: number | undefined;
  /** Of its own quota; an account's or the hub's may be less. */
  readonly softBytes: number | undefined;
  readonly hardBytes: number | undefined;
}

/** What the uploads to a repository need to know of it. */
export interface KnownUse {
  readonly ownerId: number | null;
  readonly countedAtMs: number | undefined;
  /** The process that counts it now. */
  readonly recountBy: string | undefined;
  readonly recountAskedAtMs: number | undefined;
  readonly folderMark: string | undefined;
}

/** Undefined for a repository in which nothing was ever stored or seen. */
export async function findKnownUse(db: ReadConnection, path: string): Promise<KnownUse | undefined> {
  const row = await db
    .selectFrom("repositoryUse")
    .select(["ownerId", "countedAtMs", "recountBy", "recountAskedAtMs", "folderMark"])
    .where("path", "=", path)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { ownerId, countedAtMs, recountBy, recountAskedAtMs, folderMark } = row;
  return {
    ownerId,
    countedAtMs: countedAtMs ?? undefined,
    recountBy: recountBy ?? undefined,
    recountAskedAtMs: recountAskedAtMs ?? undefined,
    folderMark: folderMark ?? undefined,
  };
}

/** Gives a repository its owner with its first row; a part of other writes. One that is not new is to be counted. */
export async function beginUse(
  tx: WriteTransaction,
  {
    path,
    madeBy,
    isNew,
    nowMs,
  }: { readonly path: string; readonly madeBy: string | undefined; readonly isNew: boolean; readonly nowMs: number },
): Promise<void> {
  const ownerId = await findOwnerId(tx, { path, madeBy });
  await tx
    .insertInto("repositoryUse")
    .values({ ...row(noUse()), path, ownerId, countedAtMs: isNew ? nowMs : null, recountDisturbed: 0 })
    .onConflict((conflict) =>
      conflict.column("path").doUpdateSet((use) => ({ countedAtMs: use.fn.coalesce("repositoryUse.countedAtMs", "excluded.countedAtMs") })),
    )
    .execute();
}

/** Id of the account that made it; else of the one that its first folder is called after; else null. */
export async function findOwnerId(
  db: ReadConnection,
  { path, madeBy }: { readonly path: string; readonly madeBy: string | undefined },
): Promise<number | null> {
  const name = madeBy ?? path.split("/")[1] ?? "";
  const account = await db.selectFrom("account").select("id").where("nameFolded", "=", foldName(name)).executeTakeFirst();
  if (account === undefined && madeBy !== undefined) return await findOwnerId(db, { path, madeBy: undefined });
  return account?.id ?? null;
}

/** How many repositories the account owns, `except` left out. */
export async function countOwned(
  db: ReadConnection,
  { accountName, except }: { readonly accountName: string; readonly except: string },
): Promise<number> {
  const { owned } = await db
    .selectFrom("repositoryUse")
    .innerJoin("account", "account.id", "repositoryUse.ownerId")
    .where("account.nameFolded", "=", foldName(accountName))
    .where("repositoryUse.path", "!=", except)
    .select((select) => select.fn.countAll<number>().as("owned"))
    .executeTakeFirstOrThrow();
  return Number(owned);
}

/** Up to `limit` repositories by path with what they hold, those behind `after`. */
export async function listRepositoryUse(
  db: ReadConnection,
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
): Promise<readonly ListedRepositoryUse[]> {
  let page = selectUse(db).orderBy("repositoryUse.path").limit(pageLimit(limit));
  if (after !== undefined) page = page.where("repositoryUse.path", ">", after);
  return (await page.execute()).map(listedOf);
}

/** The same of one repository; undefined when nothing is known of it. */
export async function findRepositoryUse(db: ReadConnection, path: string): Promise<ListedRepositoryUse | undefined> {
  const found = await selectUse(db).where("repositoryUse.path", "=", path).executeTakeFirst();
  return found === undefined ? undefined : listedOf(found);
}

/** Up to `limit` repositories behind `after` that are to be counted: never counted, asked for, or last counted before `beforeMs`. */
export async function listDueRecounts(
  db: ReadConnection,
  input: { readonly after: string; readonly limit: number; readonly beforeMs: number; readonly nowMs: number },
): Promise<readonly { readonly path: string }[]> {
  return await db
    .selectFrom("repositoryUse")
    .select("path")
    .where("path", ">", input.after)
    .where((column) =>
      column.or([
        column("countedAtMs", "is", null),
        column("recountAskedAtMs", "is not", null),
        column("countedAtMs", "<", input.beforeMs),
        column("countedAtMs", ">", input.nowMs), // the clock was wrong once
      ]),
    )
    .orderBy("path")
    .limit(pageLimit(input.limit))
    .execute();
}

/** Asks for a repository to be counted soon, whether its folders have changed or not. */
export async function askRecount(tx: WriteTransaction, { path, nowMs }: { readonly path: string; readonly nowMs: number }): Promise<void> {
  await tx
    .insertInto("repositoryUse")
    .values({
      ...row(noUse()),
      path,
      ownerId: await findOwnerId(tx, { path, madeBy: undefined }),
      recountAskedAtMs: nowMs,
      recountDisturbed: 0,
    })
    .onConflict((conflict) => conflict.column("path").doUpdateSet({ recountAskedAtMs: nowMs, folderMark: null }))
    .execute();
}

/**
 * Begins the count of a repository: whoever else changes something in it says so from now on. False when another process counts it;
 * `alone` when no other process stores anything here.
 */
export async function claimRecount(
  tx: WriteTransaction,
  { path, process, nowMs }: { readonly path: string; readonly process: string; readonly nowMs: number },
): Promise<false | { readonly alone: boolean }> {
  const claimed = await tx
    .updateTable("repositoryUse")
    .set({ recountBy: process, recountDisturbed: 0 })
    .where("path", "=", path)
    .where((column) => column.or([column("recountBy", "is", null), column("recountBy", "=", process)]))
    .returning("path")
    .executeTakeFirst();
  if (claimed === undefined) return false;
  const other = await tx.selectFrom("quotaProcess").select("process").where("process", "!=", process).limit(1).executeTakeFirst();
  if (other !== undefined) await raiseAccessVersion(tx, nowMs);
  return { alone: other === undefined };
}

/** Gives a count up; what was counted so far is not used. */
export async function dropRecount(
  tx: WriteTransaction,
  { path, process }: { readonly path: string; readonly process: string },
): Promise<void> {
  await tx.updateTable("repositoryUse").set({ recountBy: null }).where("path", "=", path).where("recountBy", "=", process).execute();
}

/** Tells whoever counts the repository that somebody else changes something in it. */
export async function disturbRecount(
  tx: WriteTransaction,
  { path, process }: { readonly path: string; readonly process: string },
): Promise<void> {
  await tx.updateTable("repositoryUse").set({ recountDisturbed: 1 }).where("path", "=", path).where("recountBy", "!=", process).execute();
}

/** The folders have not changed since they were counted, so what is written of them is right. */
export async function confirmCount(
  tx: WriteTransaction,
  { path, process, nowMs }: { readonly path: string; readonly process: string; readonly nowMs: number },
): Promise<void> {
  const done = { countedAtMs: nowMs, recountAskedAtMs: null, recountBy: null };
  await tx.updateTable("repositoryUse").set(done).where("path", "=", path).where("recountBy", "=", process).execute();
  await tx.deleteFrom("quotaBlock").where("process", "=", NOBODY).where("path", "=", path).execute();
}

function selectUse(db: ReadConnection) {
  return db
    .selectFrom("repositoryUse")
    .leftJoin("account", "account.id", "repositoryUse.ownerId")
    .leftJoin("quota", (join) => join.onRef("quota.key", "=", "repositoryUse.path").on("quota.scope", "=", "repository"))
    .selectAll("repositoryUse")
    .select(["account.name as ownerName", "quota.softBytes", "quota.hardBytes"]);
}

function listedOf(
  found: Selectable<RepositoryUseTable> & { ownerName: string | null; softBytes: number | null; hardBytes: number | null },
): ListedRepositoryUse {
  return {
    path: found.path,
    ownerName: found.ownerName ?? undefined,
    use: useOf(found),
    lastSnapshotAtMs: found.lastSnapshotAtMs ?? undefined,
    countedAtMs: found.countedAtMs ?? undefined,
    softBytes: found.softBytes ?? undefined,
    hardBytes: found.hardBytes ?? undefined,
  };
}

/** The counters of a row; never less than nothing, which one that was not yet counted might say. */
function useOf(found: Selectable<RepositoryUseTable>): RepositoryUse {
  const use = noUse();
  for (const type of COUNTED_TYPES) {
    use[type] = { count: Math.max(0, found[`${type}Count`]), sizeBytes: Math.max(0, found[`${type}Bytes`]) };
  }
  return use;
}

type Counters = { [Type in keyof RepositoryUse as `${Type}Count` | `${Type}Bytes`]: number };

/** `use` as a row's columns. */
export function row(use: RepositoryUse): Counters {
  const columns = COUNTED_TYPES.flatMap((type) => [
    [`${type}Count`, use[type].count],
    [`${type}Bytes`, use[type].sizeBytes],
  ]);
  return Object.fromEntries(columns) as Counters; // Object.fromEntries forgets the key type
}
