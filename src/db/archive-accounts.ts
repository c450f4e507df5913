import type { Selectable } from "kysely";
import type { Account } from "#model/account.ts";
import type { ArchiveAccount, ArchiveScope, RetentionMode } from "#model/archive.ts";
import { HubError } from "#model/hub-error.ts";
import type { OperationDetails } from "#model/operation.ts";
import { raiseAccessVersion } from "./access-version.ts";
import { type AddAccountInput, addAccount, openAccount } from "./accounts.ts";
import type { ArchiveAccountTable } from "./archive-tables.ts";
import { addCredential, type CredentialBounds } from "./new-credential.ts";
import { recordSettingsChange, type SettingsChange } from "./operations.ts";
import { shown } from "./shown.ts";
import type { ReadConnection, WriteTransaction } from "./tables.ts";

/** How an account keeps archives; what is left out stays as it is, or is as it begins. */
export interface ArchiveAccountSettings {
  readonly retainDays?: number;
  readonly retentionMode?: RetentionMode;
  readonly acceptsUnknownLength?: boolean;
  readonly mostFileBytes?: number | null;
  readonly mostFiles?: number | null;
  /** Nothing more is taken in, for this reason; null ends that. */
  readonly suspendedReason?: string | null;
}

/** How much an account has: what has not left its place, and what is reserved for what is still arriving. */
export interface ArchiveUse {
  readonly usedBytes: number;
  readonly usedFiles: number;
}

const FIRST_RETAIN_DAYS = 365;

/** Makes an account that keeps archives, with one login for them. Throws `already_exists` for a name or login that is or ever was taken. */
export async function addArchiveAccount(
  tx: WriteTransaction,
  {
    settings,
    ...input
  }: Omit<AddAccountInput, "grants"> & { readonly archiveScope: ArchiveScope; readonly settings: ArchiveAccountSettings },
): Promise<Account> {
  const account = await addAccount(tx, { ...input, grants: [] });
  await beginToKeepArchives(tx, account.id);
  await change(tx, { account, settings, nowMs: input.nowMs });
  return account;
}

export interface AddArchiveCredentialInput extends SettingsChange {
  readonly accountName: string;
  readonly login: string;
  readonly secretHash: string;
  readonly archiveScope: ArchiveScope;
  readonly bounds: CredentialBounds;
  /** Credentials that one account may have. */
  readonly most: number;
}

/**
 * Gives an account one more login, for archives; it keeps them from now on if it did not before. Throws `not_found`, `already_exists`,
 * `invalid_input` when the account has too many.
 */
export async function addArchiveCredential(tx: WriteTransaction, input: AddArchiveCredentialInput): Promise<void> {
  const { login, archiveScope, nowMs } = input;
  const account = await openAccount(tx, input.accountName);
  const { count } = await tx
    .selectFrom("credential")
    .select((row) => row.fn.countAll<number>().as("count"))
    .where("accountId", "=", account.id)
    .executeTakeFirstOrThrow();
  if (Number(count) >= input.most) throw new HubError("invalid_input", `An account has at most ${input.most} credentials; remove one`);
  await addCredential(tx, { ...input.bounds, accountId: account.id, login, secretHash: input.secretHash, archiveScope, nowMs });
  await beginToKeepArchives(tx, account.id);
  const line = { account: account.name, summary: `Login ${login} was made, for archives`, details: { scope: archiveScope } };
  await recordSettingsChange(tx, input, line);
  await raiseAccessVersion(tx, nowMs);
}

export interface ChangeArchiveAccountInput extends SettingsChange {
  readonly accountName: string;
  readonly settings: ArchiveAccountSettings;
}

/**
 * Changes how an account keeps archives, from the next one on: those that are there keep the times they have. Throws `not_found`,
 * `invalid_input` for an account that keeps none, `forbidden` for a way out of compliance.
 */
export async function changeArchiveAccount(tx: WriteTransaction, input: ChangeArchiveAccountInput): Promise<void> {
  const account = await openAccount(tx, input.accountName);
  const before = await findArchiveAccount(tx, account.id);
  if (before === undefined) throw new HubError("invalid_input", `${shown(account.name)} has no login for archives yet`);
  const { settings, nowMs } = input;
  if (before.retentionMode === "compliance") {
    if (settings.retentionMode === "governance") throw new HubError("forbidden", "Compliance can be chosen, never left");
    if (settings.retainDays !== undefined && settings.retainDays < before.retainDays) {
      throw new HubError("forbidden", `In compliance, days only grow: they are ${before.retainDays}`);
    }
  }
  await change(tx, { account, settings, nowMs });
  const details = settings as OperationDetails; // each field of it is text, a number, a flag or null
  const texts = Object.entries(details).map(([name, value]) => `${name} ${value ?? "none"}`);
  const summary = `Archives of ${account.name}: ${texts.join(", ")}`;
  await recordSettingsChange(tx, input, { account: account.name, summary, details });
  await raiseAccessVersion(tx, nowMs);
}

/** How the account keeps archives; undefined for one that keeps none. */
export async function findArchiveAccount(db: ReadConnection, accountId: number): Promise<ArchiveAccount | undefined> {
  const row = await db.selectFrom("archiveAccount").selectAll().where("accountId", "=", accountId).executeTakeFirst();
  return row === undefined ? undefined : archiveAccountOf(row);
}

/** How much the account has in archives. */
export async function findArchiveUse(db: ReadConnection, accountId: number): Promise<ArchiveUse> {
  const row = await db
    .selectFrom("archiveAccount")
    .select(["usedBytes", "usedFiles"])
    .where("accountId", "=", accountId)
    .executeTakeFirst();
  return row ?? { usedBytes: 0, usedFiles: 0 };
}

async function beginToKeepArchives(tx: WriteTransaction, accountId: number): Promise<void> {
  await tx
    .insertInto("archiveAccount")
    .values({
      accountId,
      retainDays: FIRST_RETAIN_DAYS,
      retentionMode: "governance",
      acceptsUnknownLength: 0,
      mostFileBytes: null,
      mostFiles: null,
      suspendedAtMs: null,
      suspendedReason: null,
      usedBytes: 0,
      usedFiles: 0,
      completed: 0,
      lastCreatedAtMs: 0,
    })
    .onConflict((conflict) => conflict.column("accountId").doNothing())
    .execute();
}

async function change(
  tx: WriteTransaction,
  { account, settings, nowMs }: { readonly account: Account; readonly settings: ArchiveAccountSettings; readonly nowMs: number },
): Promise<void> {
  const { acceptsUnknownLength, suspendedReason, ...others } = settings;
  const values = {
    ...others,
    ...(acceptsUnknownLength !== undefined && { acceptsUnknownLength: acceptsUnknownLength ? 1 : 0 }),
    ...(suspendedReason !== undefined && { suspendedReason, suspendedAtMs: suspendedReason === null ? null : nowMs }),
  };
  if (Object.keys(values).length === 0) return;
  await tx.updateTable("archiveAccount").set(values).where("accountId", "=", account.id).execute();
}

function archiveAccountOf(row: Selectable<ArchiveAccountTable>): ArchiveAccount {
  const { accountId, retainDays, retentionMode, mostFileBytes, mostFiles, suspendedAtMs, suspendedReason } = row;
  return {
    accountId,
    retainDays,
    retentionMode,
    acceptsUnknownLength: row.acceptsUnknownLength === 1,
    mostFileBytes: mostFileBytes ?? undefined,
    mostFiles: mostFiles ?? undefined,
    suspended: suspendedAtMs === null ? undefined : { sinceMs: suspendedAtMs, reason: suspendedReason ?? "" },
  };
}
