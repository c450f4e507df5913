import { foldName, type Grant } from "#model/account.ts";
import type { Role } from "#model/permissions.ts";
import { raiseAccessVersion } from "./access-version.ts";
import { openAccount } from "./accounts.ts";
import { pageLimit } from "./page-limit.ts";
import type { ReadConnection, WriteTransaction } from "./tables.ts";

/** A grant with the name of the account that has it. */
export interface ListedGrant extends Grant {
  readonly accountName: string;
}

export interface SetGrantInput {
  readonly accountName: string;
  readonly path: string;
  readonly role: Role;
  readonly nowMs: number;
}

/** Gives the account that role on that path, in place of the one it had on exactly it. Throws `not_found` when there is no such account. */
export async function setGrant(tx: WriteTransaction, { accountName, path, role, nowMs }: SetGrantInput): Promise<void> {
  const { id: accountId } = await openAccount(tx, accountName);
  await tx
    .insertInto("repositoryGrant")
    .values({ accountId, path, role, createdAtMs: nowMs })
    .onConflict((conflict) => conflict.columns(["accountId", "path"]).doUpdateSet({ role, createdAtMs: nowMs }))
    .execute();
  await raiseAccessVersion(tx, nowMs);
}

/** Takes back what the account was granted on exactly that path. False when there is no such grant or account. */
export async function removeGrant(
  tx: WriteTransaction,
  { accountName, path, nowMs }: { readonly accountName: string; readonly path: string; readonly nowMs: number },
): Promise<boolean> {
  const removed = await tx
    .deleteFrom("repositoryGrant")
    .where("path", "=", path)
    .where("accountId", "in", (select) => select.selectFrom("account").select("id").where("nameFolded", "=", foldName(accountName)))
    .executeTakeFirst();
  if (removed.numDeletedRows === 0n) return false;
  await raiseAccessVersion(tx, nowMs);
  return true;
}

/** What the account was granted, by path. */
export async function listGrantsOf(db: ReadConnection, accountId: number): Promise<readonly Grant[]> {
  return await db
    .selectFrom("repositoryGrant")
    .select(["accountId", "path", "role"])
    .where("accountId", "=", accountId)
    .orderBy("path")
    .execute();
}

export interface GrantFilter {
  readonly accountName?: string | undefined;
  /** On exactly one of these. */
  readonly paths?: readonly string[] | undefined;
}

/** A page of who was granted what, by path and then name, behind `after`. */
export async function listGrants(
  db: ReadConnection,
  {
    accountName,
    paths,
    after,
    limit,
  }: GrantFilter & { readonly after?: Pick<ListedGrant, "path" | "accountName"> | undefined; readonly limit: number },
): Promise<readonly ListedGrant[]> {
  let grants = db
    .selectFrom("repositoryGrant")
    .innerJoin("account", "account.id", "repositoryGrant.accountId")
    .select(["repositoryGrant.accountId", "repositoryGrant.path", "repositoryGrant.role", "account.name as accountName"])
    .orderBy("repositoryGrant.path")
    .orderBy("account.nameFolded")
    .limit(pageLimit(limit));
  if (accountName !== undefined) grants = grants.where("account.nameFolded", "=", foldName(accountName));
  if (paths !== undefined) grants = grants.where("repositoryGrant.path", "in", paths);
  if (after !== undefined) {
    grants = grants.where((where) =>
      where.or([
        where("repositoryGrant.path", ">", after.path),
        where("repositoryGrant.path", "=", after.path).and("account.nameFolded", ">", foldName(after.accountName)),
      ]),
    );
  }
  return await grants.execute();
}
