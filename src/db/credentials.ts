import { type Account, type Credential, foldName } from "#model/account.ts";
import { HubError } from "#model/hub-error.ts";
import { raiseAccessVersion } from "./access-version.ts";
import { recordSettingsChange, type SettingsChange } from "./operations.ts";
import { shown } from "./shown.ts";
import type { ReadConnection, WriteTransaction } from "./tables.ts";

export interface NewCredential {
  readonly accountId: number;
  readonly login: string;
  readonly secretHash: string;
  readonly nowMs: number;
}

/** Gives an account something to sign in with; a part of other writes. Throws `already_exists` when the login is or ever was taken. */
export async function addCredential(tx: WriteTransaction, { accountId, login, secretHash, nowMs }: NewCredential): Promise<void> {
  const loginFolded = foldName(login);
  const unused = await tx
    .insertInto("usedLogin")
    .values({ loginFolded })
    .onConflict((conflict) => conflict.column("loginFolded").doNothing())
    .returning("loginFolded")
    .executeTakeFirst();
  if (unused === undefined) throw new HubError("already_exists", `The login ${shown(login)} is taken, or was once`);
  await tx.insertInto("credential").values({ accountId, login, loginFolded, secretHash, createdAtMs: nowMs }).execute();
}

/** Gives a login, compared folded, another secret. Throws `not_found`. */
export async function replaceCredentialSecret(
  tx: WriteTransaction,
  change: SettingsChange & { readonly login: string; readonly secretHash: string },
): Promise<void> {
  const { login, secretHash, nowMs } = change;
  const changed = await tx
    .updateTable("credential")
    .set({ secretHash })
    .where("loginFolded", "=", foldName(login))
    .returning(["login", "accountId"])
    .executeTakeFirst();
  if (changed === undefined) throw new HubError("not_found", `There is no login ${shown(login)}`);
  const account = await tx.selectFrom("account").select("name").where("id", "=", changed.accountId).executeTakeFirstOrThrow();
  await recordSettingsChange(tx, change, { account: account.name, summary: `Login ${changed.login} got a new password` });
  await raiseAccessVersion(tx, nowMs);
}

/**
 * Puts a new hash of the same secret in the place of a former one. False when the credential is gone or has got another secret since: that
 * one stays.
 */
export async function strengthenCredential(
  tx: WriteTransaction,
  change: SettingsChange & { readonly id: number; readonly formerHash: string; readonly secretHash: string },
): Promise<boolean> {
  const { id, formerHash, secretHash, nowMs } = change;
  const changed = await tx
    .updateTable("credential")
    .set({ secretHash })
    .where("id", "=", id)
    .where("secretHash", "=", formerHash)
    .returning(["login", "accountId"])
    .executeTakeFirst();
  if (changed === undefined) return false;
  const account = await tx.selectFrom("account").select("name").where("id", "=", changed.accountId).executeTakeFirstOrThrow();
  const summary = `Login ${changed.login} signed in with its imported password, which is kept as argon2id from now on`;
  await recordSettingsChange(tx, change, { account: account.name, summary });
  await raiseAccessVersion(tx, nowMs);
  return true;
}

/** The credential of that login, compared folded, and its account, disabled or not; undefined when nobody signs in so. */
export async function findCredentialByLogin(
  db: ReadConnection,
  login: string,
): Promise<{ readonly credential: Credential; readonly account: Account } | undefined> {
  if (login.includes("\0")) return undefined; // PostgreSQL refuses the character, and no login has it
  const row = await db
    .selectFrom("credential")
    .innerJoin("account", "account.id", "credential.accountId")
    .select(["credential.id", "credential.accountId", "credential.login", "credential.secretHash", "credential.createdAtMs"])
    .select(["account.name", "account.createdAtMs as accountCreatedAtMs", "account.disabledAtMs"])
    .where("credential.loginFolded", "=", foldName(login))
    .where("account.removedAtMs", "is", null)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { id, accountId, secretHash, createdAtMs, name, accountCreatedAtMs, disabledAtMs } = row;
  return {
    credential: { id, accountId, login: row.login, secretHash, createdAtMs },
    account: { id: accountId, name, createdAtMs: accountCreatedAtMs, disabledAtMs: disabledAtMs ?? undefined },
  };
}

/** Everything the account signs in as, in order; empty for one that was removed or never was. */
export async function listLoginsOf(db: ReadConnection, accountId: number): Promise<readonly string[]> {
  const rows = await db.selectFrom("credential").select("login").where("accountId", "=", accountId).orderBy("loginFolded").execute();
  return rows.map(({ login }) => login);
}
