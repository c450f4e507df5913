import { foldName, type Grant } from "#model/account.ts";
import type { Role } from "#model/permissions.ts";
import { raiseAccessVersion } from "./access-version.ts";
import { openAccount } from "./accounts.ts";
import { endOfBelow } from "./below.ts";
import { recordSettingsChange, type SettingsChange } from "./operations.ts";
import { pageLimit } from "./page-limit.ts";
import type { ReadConnection, WriteTransaction } from "./tables.ts";

/** A grant with the name of the account that has it. */
export interface ListedGrant extends Grant {
  readonly accountName: string;
}

export interface SetGrantInput extends SettingsChange {
  readonly accountName: string;
  readonly path: string;
  readonly role: Role;
}

/** Gives the account that role on that path, in place of the one it had on exactly it. Throws `not_found` when there is no such account. */
export async function setGrant(tx: WriteTransaction, input: SetGrantInput): Promise<void> {
  const { path, role, nowMs } = input;
  const { id: accountId, name } = await openAccount(tx, input.accountName);
  await tx
    .insertInto("repositoryGrant")
    .values({ accountId, path, role, createdAtMs: nowMs })
    .onConflict((conflict) => conflict.columns(["accountId", "path"]).doUpdateSet({ role, createdAtMs: nowMs }))
    .execute();
  const line = { account: name, repository: path, summary: `Account ${name} got the role ${role} on ${path}` };
  await recordSettingsChange(tx, input, line);
  await raiseAccessVersion(tx, nowMs);
}

/** Takes back what the account was granted on exactly that path. False when there is no such grant or account. */
export async function removeGrant(
  tx: WriteTransaction,
  input: SettingsChange & { readonly accountName: string; readonly path: string },
): Promise<boolean> {
  const { accountName, path, nowMs } = input;
  const removed = await tx
    .deleteFrom("repositoryGrant")
    .where("path", "=", path)
    .where("accountId", "in", (select) => select.selectFrom("account").select("id").where("nameFolded", "=", foldName(accountName)))
    .executeTakeFirst();
  if (removed.numDeletedRows === 0n) return false;
  const line = { account: accountName, repository: path, summary: `Account ${accountName} lost its role on ${path}` };
  await recordSettingsChange(tx, input, line);
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
  /** Of this account, or at or below one of these paths. */
  readonly visible?: { readonly accountId: number; readonly below: readonly string[] } | undefined;
}

/** A page of who was granted what, by path and then name, behind `after`. */
export async function listGrants(
  db: ReadConnection,
  {
    accountName,
    paths,
    visible,
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
  if (visible !== undefined) {
    grants = grants.where((where) =>
      where.or([
        where("repositoryGrant.accountId", "=", visible.accountId),
        ...visible.below.map((path) => where("repositoryGrant.path", ">=", path).and("repositoryGrant.path", "<", endOfBelow(path))),
      ]),
    );
  }
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
