import { pageLimit } from "./page-limit.ts";
import { bytes, findScopeUse, findTrashBytes, QUOTA_BYTES } from "./quota-scopes.ts";
import { findQuotas } from "./quotas.ts";
import type { ReadConnection } from "./tables.ts";

/** What the whole hub holds and may hold. */
export interface HubUse {
  /** All objects but locks, and what lies in the trash. */
  readonly usedBytes: number;
  readonly trashBytes: number;
  readonly hardBytes: number | undefined;
  /** How many repositories something is known of. */
  readonly repositories: number;
  /** How many accounts there are, those that are disabled too. */
  readonly accounts: number;
}

/** The sums of everything. */
export async function readHubUse(db: ReadConnection, _: Readonly<Record<never, never>>): Promise<HubUse> {
  const scope = { scope: "hub", key: "" } as const;
  const { usedBytes } = await findScopeUse(db, scope);
  const [quota] = await findQuotas(db, [scope]);
  const repositories = await db
    .selectFrom("repositoryUse")
    .select((select) => select.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  const accounts = await db
    .selectFrom("account")
    .select((select) => select.fn.countAll<number>().as("count"))
    .where("removedAtMs", "is", null)
    .executeTakeFirstOrThrow();
  return {
    usedBytes,
    trashBytes: await findTrashBytes(db),
    hardBytes: quota?.hardBytes ?? undefined,
    repositories: Number(repositories.count),
    accounts: Number(accounts.count),
  };
}

/** What the repositories that an account owns hold together. */
export interface AccountUse {
  readonly id: number;
  readonly name: string;
  readonly usedBytes: number;
  readonly hardBytes: number | undefined;
}

/** Up to `limit` accounts in the order in which they were made, those behind `after`, with what they use. */
export async function listAccountUse(
  db: ReadConnection,
  { after = 0, limit }: { readonly after?: number | undefined; readonly limit: number },
): Promise<readonly AccountUse[]> {
  const accounts = await db
    .selectFrom("account")
    .select(["id", "name"])
    .where("removedAtMs", "is", null)
    .where("id", ">", after)
    .orderBy("id")
    .limit(pageLimit(limit))
    .execute();
  if (accounts.length === 0) return [];
  const ids = accounts.map(({ id }) => id);
  const sums = await db
    .selectFrom("repositoryUse")
    .select(["ownerId", bytes(QUOTA_BYTES).as("usedBytes")])
    .where("ownerId", "in", ids)
    .groupBy("ownerId")
    .execute();
  const quotas = await db
    .selectFrom("quota")
    .select(["key", "hardBytes"])
    .where("scope", "=", "account")
    .where(
      "key",
      "in",
      ids.map((id) => `${id}`),
    )
    .execute();
  const used = new Map(sums.map(({ ownerId, usedBytes }) => [ownerId, usedBytes]));
  const hard = new Map(quotas.map(({ key, hardBytes }) => [key, hardBytes]));
  return accounts.map(({ id, name }) => ({ id, name, usedBytes: used.get(id) ?? 0, hardBytes: hard.get(`${id}`) ?? undefined }));
}
