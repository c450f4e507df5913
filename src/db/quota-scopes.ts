import { type ExpressionBuilder, type SelectQueryBuilder, sql } from "kysely";
import type { QuotaScope } from "#model/quota.ts";
import type { ReadConnection, Tables } from "./tables.ts";

/** Stands in a block's row for a process that has ended without a word; the next count of the repository tells what it left. */
export const NOBODY = "";

/** A scope as rows name it. */
export interface ScopeKey {
  readonly scope: QuotaScope["kind"];
  readonly key: string;
}

/** How full a scope is. */
export interface ScopeUse {
  /** All objects but locks, and archives with what is reserved for those that arrive; of the hub with what lies in the trash. */
  readonly usedBytes: number;
  /** Drawn by processes, and so as good as used. */
  readonly drawnBytes: number;
  /** Repositories in it that were never counted, so that `usedBytes` is too little. */
  readonly uncounted: number;
}

/** The scopes that a repository of this owner is in. */
export function scopesOf({ path, ownerId }: { readonly path: string; readonly ownerId: number | null }): readonly ScopeKey[] {
  const own: readonly ScopeKey[] = [
    { scope: "hub", key: "" },
    { scope: "repository", key: path },
  ];
  return ownerId === null ? own : [...own, { scope: "account", key: `${ownerId}` }];
}

/** The bytes of several repositories that count against quotas. */
export const QUOTA_BYTES = sql`coalesce(sum(data_bytes + keys_bytes + snapshots_bytes + index_bytes + config_bytes), 0)`;

/** How full the scope is now. */
export async function findScopeUse(db: ReadConnection, { scope, key }: ScopeKey): Promise<ScopeUse> {
  const used = await within(db.selectFrom("repositoryUse"), { scope, key })
    .select([bytes(QUOTA_BYTES).as("usedBytes"), bytes(sql`count(*) - count(counted_at_ms)`).as("uncounted")])
    .executeTakeFirstOrThrow();
  const drawn = await within(db.selectFrom("quotaBlock"), { scope, key })
    .select(bytes(sql`coalesce(sum(bytes), 0)`).as("drawnBytes"))
    .executeTakeFirstOrThrow();
  const trashBytes = scope === "hub" ? await findTrashBytes(db) : 0;
  const archiveBytes = scope === "repository" ? 0 : await findArchiveBytes(db, { scope, key });
  return { usedBytes: used.usedBytes + archiveBytes + trashBytes, drawnBytes: drawn.drawnBytes, uncounted: used.uncounted };
}

/** Up to `limit` repositories in the scope that were never counted. */
export async function listUncounted(db: ReadConnection, { scope, key }: ScopeKey, limit: number): Promise<readonly string[]> {
  const rows = await within(db.selectFrom("repositoryUse").where("countedAtMs", "is", null), { scope, key })
    .select("path")
    .limit(limit)
    .execute();
  return rows.map(({ path }) => path);
}

/** Up to `limit` repositories in the scope in which a process that ended without a word had drawn something. */
export async function listOrphaned(db: ReadConnection, { scope, key }: ScopeKey, limit: number): Promise<readonly string[]> {
  const rows = await within(db.selectFrom("quotaBlock").where("process", "=", NOBODY), { scope, key })
    .select("path")
    .limit(limit)
    .execute();
  return rows.map(({ path }) => path);
}

/** What processes that ended without a word had drawn there, and may have stored or not: the next count tells. */
export async function findOrphanedBytes(db: ReadConnection, { scope, key }: ScopeKey): Promise<number> {
  const { orphaned } = await within(db.selectFrom("quotaBlock").where("process", "=", NOBODY), { scope, key })
    .select(bytes(sql`coalesce(sum(bytes), 0)`).as("orphaned"))
    .executeTakeFirstOrThrow();
  return orphaned;
}

/** What the trash holds, as it was counted. */
export async function findTrashBytes(db: ReadConnection): Promise<number> {
  return (await db.selectFrom("quotaLedger").select("trashBytes").executeTakeFirstOrThrow()).trashBytes;
}

async function findArchiveBytes(db: ReadConnection, { scope, key }: ScopeKey): Promise<number> {
  const accounts = db.selectFrom("archiveAccount");
  const { usedBytes } = await (scope === "hub" ? accounts : accounts.where("accountId", "=", Number(key)))
    .select(bytes(sql`coalesce(sum(used_bytes), 0)`).as("usedBytes"))
    .executeTakeFirstOrThrow();
  return usedBytes;
}

/** PostgreSQL sums bigint as numeric, which it hands back as text. */
export function bytes(sum: ReturnType<typeof sql>) {
  return sql<number>`cast(${sum} as bigint)`;
}

function within<Table extends "repositoryUse" | "quotaBlock">(
  rows: SelectQueryBuilder<Tables, Table, object>,
  { scope, key }: ScopeKey,
): SelectQueryBuilder<Tables, Table, object> {
  if (scope === "hub") return rows;
  // Both tables have the two columns; their union is more than the types can follow.
  return rows.where((row) => {
    const column = row as unknown as ExpressionBuilder<Tables, "quotaBlock">;
    return scope === "repository" ? column("path", "=", key) : column("ownerId", "=", Number(key));
  });
}
