import type { Selectable } from "kysely";
import { type Account, type Credential, foldCertificateName, foldName } from "#model/account.ts";
import { pageLimit } from "./page-limit.ts";
import type { AccountTable, CredentialTable, ReadConnection } from "./tables.ts";

/** A credential and the account that owns it. */
export interface FoundCredential {
  readonly credential: Credential;
  readonly account: Account;
}

/** A credential as it may be shown: without its hashes, with its account's name and when it was last used. */
export interface ListedCredential extends Omit<Credential, "secretHash" | "previousSecret"> {
  readonly accountName: string;
  /** Until when the secret before the present one still works. */
  readonly previousSecretUntilMs: number | undefined;
  /** To the minute; undefined before its first use. */
  readonly lastUsedAtMs: number | undefined;
  /** As `PeerAddress`; undefined before its first use. */
  readonly lastUsedAddress: string | undefined;
}

const CREDENTIAL_COLUMNS = [
  "credential.id",
  "credential.accountId",
  "credential.login",
  "credential.kind",
  "credential.secretHash",
  "credential.previousSecretHash",
  "credential.previousSecretUntilMs",
  "credential.certificateName",
  "credential.label",
  "credential.createdAtMs",
  "credential.expiresAtMs",
  "credential.disabledAtMs",
  "credential.addresses",
  "credential.mostRole",
  "credential.archiveScope",
] as const;

/** The credential of that login, compared folded, and its account, disabled or not; undefined when nobody signs in so. */
export async function findCredentialByLogin(db: ReadConnection, login: string): Promise<FoundCredential | undefined> {
  if (login.includes("\0")) return undefined; // PostgreSQL refuses the character, and no login has it
  return await findCredential(db, { column: "credential.loginFolded", value: foldName(login) });
}

/** The credential that a certificate of this name signs in as, and its account, disabled or not; undefined when there is none. */
export async function findCredentialByCertificate(db: ReadConnection, name: string): Promise<FoundCredential | undefined> {
  if (name.includes("\0")) return undefined;
  return await findCredential(db, { column: "credential.certificateNameFolded", value: foldCertificateName(name) });
}

/** Everything the account signs in as, in order; empty for one that was removed or never was. */
export async function listLoginsOf(db: ReadConnection, accountId: number): Promise<readonly string[]> {
  const rows = await db.selectFrom("credential").select("login").where("accountId", "=", accountId).orderBy("loginFolded").execute();
  return rows.map(({ login }) => login);
}

/** A page of credentials in the order of their folded logins, behind the login `after`; of one account when it is named. */
export async function listCredentials(
  db: ReadConnection,
  { accountName, after, limit }: { readonly accountName?: string | undefined; readonly after?: string | undefined; readonly limit: number },
): Promise<readonly ListedCredential[]> {
  let credentials = db
    .selectFrom("credential")
    .innerJoin("account", "account.id", "credential.accountId")
    .select(CREDENTIAL_COLUMNS)
    .select(["credential.lastUsedAtMs", "credential.lastUsedAddress", "account.name as accountName"])
    .where("account.removedAtMs", "is", null)
    .orderBy("credential.loginFolded")
    .limit(pageLimit(limit));
  if (accountName !== undefined) credentials = credentials.where("account.nameFolded", "=", foldName(accountName));
  if (after !== undefined) credentials = credentials.where("credential.loginFolded", ">", foldName(after));
  return (await credentials.execute()).map(({ accountName, lastUsedAtMs, lastUsedAddress, ...row }) => {
    const { secretHash: _, previousSecret, ...credential } = credentialOf(row);
    return {
      ...credential,
      accountName,
      previousSecretUntilMs: previousSecret?.untilMs,
      lastUsedAtMs: lastUsedAtMs ?? undefined,
      lastUsedAddress: lastUsedAddress ?? undefined,
    };
  });
}

async function findCredential(
  db: ReadConnection,
  { column, value }: { readonly column: "credential.loginFolded" | "credential.certificateNameFolded"; readonly value: string },
): Promise<FoundCredential | undefined> {
  const row = await db
    .selectFrom("credential")
    .innerJoin("account", "account.id", "credential.accountId")
    .select(CREDENTIAL_COLUMNS)
    .select(["account.name", "account.createdAtMs as accountCreatedAtMs", "account.disabledAtMs as accountDisabledAtMs"])
    .where(column, "=", value)
    .where("account.removedAtMs", "is", null)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { name, accountCreatedAtMs, accountDisabledAtMs, ...credential } = row;
  return {
    credential: credentialOf(credential),
    account: accountOf(credential.accountId, { name, accountCreatedAtMs, accountDisabledAtMs }),
  };
}

type CredentialRow = Omit<Selectable<CredentialTable>, "loginFolded" | "certificateNameFolded" | "lastUsedAtMs" | "lastUsedAddress">;

function credentialOf(row: CredentialRow): Credential {
  const { previousSecretHash, previousSecretUntilMs } = row;
  return {
    id: row.id,
    accountId: row.accountId,
    login: row.login,
    kind: row.kind,
    secretHash: row.secretHash,
    previousSecret:
      previousSecretHash === null || previousSecretUntilMs === null
        ? undefined
        : { hash: previousSecretHash, untilMs: previousSecretUntilMs },
    certificateName: row.certificateName ?? undefined,
    label: row.label ?? undefined,
    createdAtMs: row.createdAtMs,
    expiresAtMs: row.expiresAtMs ?? undefined,
    disabledAtMs: row.disabledAtMs ?? undefined,
    addresses: row.addresses === "" ? [] : row.addresses.split(" "),
    mostRole: row.mostRole ?? undefined,
    archiveScope: row.archiveScope ?? undefined,
  };
}

function accountOf(
  id: number,
  row: Pick<Selectable<AccountTable>, "name"> & { readonly accountCreatedAtMs: number; readonly accountDisabledAtMs: number | null },
): Account {
  return { id, name: row.name, createdAtMs: row.accountCreatedAtMs, disabledAtMs: row.accountDisabledAtMs ?? undefined };
}
