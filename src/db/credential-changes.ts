import { type CredentialKind, foldCertificateName, foldName } from "#model/account.ts";
import { HubError } from "#model/hub-error.ts";
import type { OperationDetails } from "#model/operation.ts";
import { raiseAccessVersion } from "./access-version.ts";
import { openAccount } from "./accounts.ts";
import { addCredential, type CredentialBounds } from "./new-credential.ts";
import { recordSettingsChange, type SettingsChange } from "./operations.ts";
import { shown } from "./shown.ts";
import type { WriteTransaction } from "./tables.ts";

/** A change of the credential of that login, compared folded. */
export interface CredentialChange extends SettingsChange {
  readonly login: string;
}

export interface AddAccountCredentialInput extends SettingsChange {
  readonly accountName: string;
  /** Its login is `<account>.<word>`; without one, the first number from 2 on that was never in use. */
  readonly word: string | undefined;
  readonly kind: CredentialKind;
  /** Empty for a certificate. */
  readonly secretHash: string;
  readonly certificateName: string | undefined;
  readonly bounds: CredentialBounds;
  /** Credentials that one account may have. */
  readonly most: number;
}

/**
 * Gives an account one more credential; resolves to its login. Throws `not_found`, `already_exists` when the login is or ever was taken
 * or the certificate's name is in use, `invalid_input` when the account has too many.
 */
export async function addAccountCredential(tx: WriteTransaction, input: AddAccountCredentialInput): Promise<string> {
  const { nowMs } = input;
  const account = await openAccount(tx, input.accountName);
  const { count } = await tx
    .selectFrom("credential")
    .select((row) => row.fn.countAll().as("count"))
    .where("accountId", "=", account.id)
    .executeTakeFirstOrThrow();
  if (Number(count) >= input.most) throw new HubError("invalid_input", `An account has at most ${input.most} credentials; remove one`);
  await requireUnusedCertificate(tx, input.certificateName);

  const login = `${account.name}.${input.word ?? (await firstFreeNumber(tx, account.name))}`;
  await addCredential(tx, { ...input, ...input.bounds, accountId: account.id, login });
  const how = input.certificateName === undefined ? "" : ` for the certificate ${input.certificateName}`;
  const bound = Object.entries(detailsOf(input.bounds)).filter(([, value]) => value !== null);
  const line = { account: account.name, summary: `Login ${login} was made${how}`, details: Object.fromEntries(bound) };
  await recordSettingsChange(tx, input, line);
  await raiseAccessVersion(tx, nowMs);
  return login;
}

export interface ReplaceSecretInput extends CredentialChange {
  readonly secretHash: string;
  /** Until when the secret so far works beside the new one; without it, it ends at once. */
  readonly previousUntilMs?: number | undefined;
}

/** Gives a login another secret; only this one and the one before it can ever be right. Throws `not_found`, `invalid_input` for a certificate. */
export async function replaceCredentialSecret(tx: WriteTransaction, change: ReplaceSecretInput): Promise<void> {
  const { secretHash, previousUntilMs, nowMs } = change;
  const credential = await openCredential(tx, change.login);
  if (credential.kind === "certificate") throw new HubError("invalid_input", "A certificate has no password here; its issuer renews it");
  const previous =
    previousUntilMs === undefined
      ? { previousSecretHash: null, previousSecretUntilMs: null }
      : { previousSecretHash: credential.secretHash, previousSecretUntilMs: previousUntilMs };
  await tx
    .updateTable("credential")
    .set({ secretHash, ...previous })
    .where("id", "=", credential.id)
    .execute();
  const until = previousUntilMs === undefined ? "" : `; the old one works until ${timeText(previousUntilMs)}`;
  const summary = `Login ${credential.login} got a new password${until}`;
  await recordSettingsChange(tx, change, { account: credential.accountName, summary });
  await raiseAccessVersion(tx, nowMs);
}

/** Changes what a credential is bound to; what is not named stays. Throws `not_found`. */
export async function changeCredential(
  tx: WriteTransaction,
  change: CredentialChange & { readonly bounds: Partial<CredentialBounds> },
): Promise<void> {
  const { nowMs, bounds } = change;
  const credential = await openCredential(tx, change.login);
  const { addresses, ...others } = bounds;
  const values = { ...others, ...(addresses === undefined ? {} : { addresses: addresses.join(" ") }) };
  if (Object.keys(values).length === 0) return;
  await tx.updateTable("credential").set(values).where("id", "=", credential.id).execute();
  const details = detailsOf(bounds);
  const texts = Object.entries(details).map(([name, value]) => `${name} ${value ?? "none"}`);
  const summary = `Login ${credential.login} was changed: ${texts.join(", ")}`;
  await recordSettingsChange(tx, change, { account: credential.accountName, summary, details });
  await raiseAccessVersion(tx, nowMs);
}

/** Switches a login off. One that is off keeps the time since when. Throws `not_found`. */
export async function disableCredential(tx: WriteTransaction, change: CredentialChange): Promise<void> {
  const credential = await openCredential(tx, change.login);
  if (credential.disabledAtMs !== null) return;
  await tx.updateTable("credential").set({ disabledAtMs: change.nowMs }).where("id", "=", credential.id).execute();
  const line = { account: credential.accountName, summary: `Login ${credential.login} was disabled` };
  await recordSettingsChange(tx, change, line);
  await raiseAccessVersion(tx, change.nowMs);
}

/** Switches a login on again. Throws `not_found`. */
export async function enableCredential(tx: WriteTransaction, change: CredentialChange): Promise<void> {
  const credential = await openCredential(tx, change.login);
  if (credential.disabledAtMs === null) return;
  await tx.updateTable("credential").set({ disabledAtMs: null }).where("id", "=", credential.id).execute();
  const line = { account: credential.accountName, summary: `Login ${credential.login} was enabled` };
  await recordSettingsChange(tx, change, line);
  await raiseAccessVersion(tx, change.nowMs);
}

/** Takes a login away; it is never given out again. Resolves to how many its account has left. Throws `not_found`. */
export async function removeCredential(tx: WriteTransaction, change: CredentialChange): Promise<number> {
  const credential = await openCredential(tx, change.login);
  await tx.deleteFrom("credential").where("id", "=", credential.id).execute();
  await tx.deleteFrom("provenPair").where("loginFolded", "=", foldName(credential.login)).execute();
  const { count } = await tx
    .selectFrom("credential")
    .select((row) => row.fn.countAll().as("count"))
    .where("accountId", "=", credential.accountId)
    .executeTakeFirstOrThrow();
  const line = { account: credential.accountName, summary: `Login ${credential.login} was removed` };
  await recordSettingsChange(tx, change, line);
  await raiseAccessVersion(tx, change.nowMs);
  return Number(count);
}

interface OpenCredential {
  readonly id: number;
  readonly accountId: number;
  readonly accountName: string;
  readonly login: string;
  readonly kind: CredentialKind;
  readonly secretHash: string;
  readonly disabledAtMs: number | null;
}

/** The credential, kept as it is until the transaction ends. */
async function openCredential(tx: WriteTransaction, login: string): Promise<OpenCredential> {
  // An update that changes nothing, because SQLite has no FOR UPDATE.
  const row = await tx
    .updateTable("credential")
    .set((column) => ({ login: column.ref("login") }))
    .where("loginFolded", "=", foldName(login))
    .returning(["id", "accountId", "login", "kind", "secretHash", "disabledAtMs"])
    .executeTakeFirst();
  if (row === undefined) throw new HubError("not_found", `There is no login ${shown(login)}`);
  const account = await tx.selectFrom("account").select("name").where("id", "=", row.accountId).executeTakeFirstOrThrow();
  return { ...row, accountName: account.name };
}

async function requireUnusedCertificate(tx: WriteTransaction, name: string | undefined): Promise<void> {
  if (name === undefined) return;
  const folded = foldCertificateName(name);
  const other = await tx.selectFrom("credential").select("login").where("certificateNameFolded", "=", folded).executeTakeFirst();
  if (other !== undefined) throw new HubError("already_exists", `That certificate already signs in as ${shown(other.login)}`);
}

async function firstFreeNumber(tx: WriteTransaction, accountName: string): Promise<number> {
  for (let number = 2; ; number += 1) {
    const loginFolded = foldName(`${accountName}.${number}`);
    const used = await tx.selectFrom("usedLogin").select("loginFolded").where("loginFolded", "=", loginFolded).executeTakeFirst();
    if (used === undefined) return number;
  }
}

function detailsOf({ label, expiresAtMs, addresses, mostRole }: Partial<CredentialBounds>): OperationDetails {
  return {
    ...(label === undefined ? {} : { label }),
    ...(expiresAtMs === undefined ? {} : { expires: expiresAtMs === null ? null : timeText(expiresAtMs) }),
    ...(addresses === undefined ? {} : { from: addresses.length === 0 ? null : addresses.join(" ") }),
    ...(mostRole === undefined ? {} : { mostRole }),
  };
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
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
