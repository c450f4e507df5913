import type { Selectable } from "kysely";
import { type Account, foldName } from "#model/account.ts";
import type { ArchiveScope } from "#model/archive.ts";
import { HubError } from "#model/hub-error.ts";
import type { Role } from "#model/permissions.ts";
import { raiseAccessVersion } from "./access-version.ts";
import { addCredential } from "./new-credential.ts";
import { recordSettingsChange, type SettingsChange } from "./operations.ts";
import { pageLimit } from "./page-limit.ts";
import { shown } from "./shown.ts";
import type { AccountTable, ReadConnection, WriteTransaction } from "./tables.ts";

/** An account with everything it signs in as. */
export interface ListedAccount extends Account {
  readonly logins: readonly string[];
}

export interface AddAccountInput extends SettingsChange {
  readonly name: string;
  readonly login: string;
  readonly secretHash: string;
  readonly grants: readonly { readonly path: string; readonly role: Role }[];
  /** For a login that is for archives alone. */
  readonly archiveScope?: ArchiveScope;
}

/** A change of the account of that name, compared folded. */
export interface AccountChange extends SettingsChange {
  readonly name: string;
}

/** Makes an account with one credential and its first grants. Throws `already_exists` when the name or the login is or ever was taken. */
export async function addAccount(tx: WriteTransaction, input: AddAccountInput): Promise<Account> {
  const { name, login, secretHash, grants, archiveScope, nowMs } = input;
  // The unique index decides, not a look before: two processes may add the same name at once.
  const row = await tx
    .insertInto("account")
    .values({ name, nameFolded: foldName(name), createdAtMs: nowMs, disabledAtMs: null, removedAtMs: null })
    .onConflict((conflict) => conflict.column("nameFolded").doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) throw new HubError("already_exists", `The name ${shown(name)} is taken, or was once`);

  await addCredential(tx, { accountId: row.id, login, secretHash, nowMs, ...(archiveScope !== undefined && { archiveScope }) });
  if (grants.length > 0) {
    const rows = grants.map(({ path, role }) => ({ accountId: row.id, path, role, createdAtMs: nowMs }));
    await tx.insertInto("repositoryGrant").values(rows).execute();
  }
  await recordSettingsChange(tx, input, { account: name, summary: `Account ${name} was made` });
  await raiseAccessVersion(tx, nowMs);
  return accountOf(row);
}

/** Switches sign-in off. One that is off keeps the time since when. Throws `not_found`. */
export async function disableAccount(tx: WriteTransaction, change: AccountChange): Promise<void> {
  const { nowMs } = change;
  const account = await openAccount(tx, change.name);
  if (account.disabledAtMs !== undefined) return;
  await tx.updateTable("account").set({ disabledAtMs: nowMs }).where("id", "=", account.id).execute();
  await recordSettingsChange(tx, change, { account: account.name, summary: `Account ${account.name} was disabled` });
  await raiseAccessVersion(tx, nowMs);
}

/** Switches sign-in on again. Throws `not_found`. */
export async function enableAccount(tx: WriteTransaction, change: AccountChange): Promise<void> {
  const { nowMs } = change;
  const account = await openAccount(tx, change.name);
  if (account.disabledAtMs === undefined) return;
  await tx.updateTable("account").set({ disabledAtMs: null }).where("id", "=", account.id).execute();
  await recordSettingsChange(tx, change, { account: account.name, summary: `Account ${account.name} was enabled` });
  await raiseAccessVersion(tx, nowMs);
}

/**
 * Takes away the account, its credentials and its grants; its name and logins stay taken for good. Throws `not_found`, and `forbidden` while it
 * has archives that must stay: their owner could not read them any more.
 */
export async function removeAccount(tx: WriteTransaction, change: AccountChange): Promise<void> {
  const { nowMs } = change;
  const account = await openAccount(tx, change.name);
  if (await hasBoundArchives(tx, account.id)) {
    throw new HubError("forbidden", "Its archives are held, or kept in compliance; it can only be disabled");
  }
  const logins = tx.selectFrom("credential").select("loginFolded").where("accountId", "=", account.id);
  await tx.deleteFrom("provenPair").where("loginFolded", "in", logins).execute();
  await tx.deleteFrom("credential").where("accountId", "=", account.id).execute();
  await tx.deleteFrom("repositoryGrant").where("accountId", "=", account.id).execute();
  await tx.updateTable("account").set({ removedAtMs: nowMs }).where("id", "=", account.id).execute();
  await recordSettingsChange(tx, change, { account: account.name, summary: `Account ${account.name} was removed` });
  await raiseAccessVersion(tx, nowMs);
}

/** Whether it has archives that nobody may end before their time, or a hold on some. */
async function hasBoundArchives(tx: WriteTransaction, accountId: number): Promise<boolean> {
  const archives = await tx
    .selectFrom("archiveAccount")
    .select(["retentionMode", "usedFiles"])
    .where("accountId", "=", accountId)
    .executeTakeFirst();
  if (archives === undefined || archives.usedFiles === 0) return false;
  if (archives.retentionMode === "compliance") return true;
  return (await tx.selectFrom("archiveHold").select("id").where("accountId", "=", accountId).executeTakeFirst()) !== undefined;
}

/** The account of that name, compared folded, disabled or not; undefined when there is none or it was removed. */
export async function findAccountByName(db: ReadConnection, name: string): Promise<Account | undefined> {
  if (name.includes("\0")) return undefined; // PostgreSQL refuses the character, and no name has it
  const row = await db
    .selectFrom("account")
    .selectAll()
    .where("nameFolded", "=", foldName(name))
    .where("removedAtMs", "is", null)
    .executeTakeFirst();
  return row === undefined ? undefined : accountOf(row);
}

/**
 * The account, kept as it is until the transaction ends: whatever else changes it, its grants or its credentials waits. Throws
 * `not_found`.
 */
export async function openAccount(tx: WriteTransaction, name: string): Promise<Account> {
  // An update that changes nothing, because SQLite has no FOR UPDATE.
  const row = await tx
    .updateTable("account")
    .set((column) => ({ name: column.ref("name") }))
    .where("nameFolded", "=", foldName(name))
    .where("removedAtMs", "is", null)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) throw new HubError("not_found", `There is no account called ${shown(name)}`);
  return accountOf(row);
}

/** Up to `limit` accounts in the order of their folded names, those behind the one called `after`. Removed ones are left out. */
export async function listAccounts(
  db: ReadConnection,
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
): Promise<readonly ListedAccount[]> {
  const rows = await db
    .selectFrom((select) => {
      const page = select.selectFrom("account").selectAll().where("removedAtMs", "is", null).orderBy("nameFolded").limit(pageLimit(limit));
      return (after === undefined ? page : page.where("nameFolded", ">", foldName(after))).as("page");
    })
    .leftJoin("credential", "credential.accountId", "page.id")
    .selectAll("page")
    .select("credential.login")
    .orderBy("page.nameFolded")
    .orderBy("credential.loginFolded")
    .execute();

  const accounts = new Map<number, Account & { readonly logins: string[] }>();
  for (const row of rows) {
    const account = accounts.get(row.id) ?? { ...accountOf(row), logins: [] };
    accounts.set(row.id, account);
    if (row.login !== null) account.logins.push(row.login);
  }
  return [...accounts.values()];
}

function accountOf({ id, name, createdAtMs, disabledAtMs }: Selectable<AccountTable>): Account {
  return { id, name, createdAtMs, disabledAtMs: disabledAtMs ?? undefined };
}

/** Whether the name cannot be given to a new account: it is or was one, or a login. */
export async function isNameUsed(db: ReadConnection, name: string): Promise<boolean> {
  const folded = foldName(name);
  const account = await db.selectFrom("account").select("id").where("nameFolded", "=", folded).executeTakeFirst();
  if (account !== undefined) return true;
  return (await db.selectFrom("usedLogin").select("loginFolded").where("loginFolded", "=", folded).executeTakeFirst()) !== undefined;
}
