import { HubError } from "#model/hub-error.ts";
import { openAccount } from "./accounts.ts";
import { recordSettingsChange, type SettingsChange } from "./operations.ts";
import type { ReadConnection, WriteTransaction } from "./tables.ts";

const HOUR_MS = 60 * 60_000;
/** So long an ended link says that it has ended; then nothing is known of it. */
const REMEMBERED_MS = 400 * 24 * HOUR_MS;

export interface AddArchiveSessionInput extends SettingsChange {
  readonly tokenSha256: string;
  readonly accountId: number;
  readonly login: string;
  readonly namePrefix: string;
  readonly expiresAtMs: number;
  readonly usesLeft: number | null;
  /** Of one account: so many an hour, and so many at a time. */
  readonly mostPerHour: number;
  readonly mostLive: number;
}

/** Makes a link. Throws `overloaded`, with the time after which there is room, when the account has too many; `not_found` without its login. */
export async function addArchiveSession(tx: WriteTransaction, input: AddArchiveSessionInput): Promise<void> {
  const { tokenSha256, accountId, login, namePrefix, expiresAtMs, usesLeft, nowMs } = input;
  const credential = await tx
    .selectFrom("credential")
    .innerJoin("account", "account.id", "credential.accountId")
    .select(["credential.id", "credential.secretHash", "account.name"])
    .where("credential.login", "=", login)
    .where("credential.accountId", "=", accountId)
    .executeTakeFirst();
  if (credential === undefined) throw new HubError("not_found", "This login is gone");
  await openAccount(tx, credential.name); // two at once are counted one after the other
  await tx
    .deleteFrom("archiveSession")
    .where("accountId", "=", accountId)
    .where("expiresAtMs", "<", nowMs - REMEMBERED_MS)
    .execute();
  const { lately, live } = await tx
    .selectFrom("archiveSession")
    .select((row) => [
      row.fn
        .count<number>("tokenSha256")
        .filterWhere("createdAtMs", ">", nowMs - HOUR_MS)
        .as("lately"),
      row.fn.count<number>("tokenSha256").filterWhere("expiresAtMs", ">", nowMs).filterWhere("endedAtMs", "is", null).as("live"),
    ])
    .where("accountId", "=", accountId)
    .executeTakeFirstOrThrow();
  if (Number(lately) >= input.mostPerHour || Number(live) >= input.mostLive) {
    throw new HubError("overloaded", "There are too many links of this account; end some, or wait", { retryAfterMs: HOUR_MS });
  }
  const row = { tokenSha256, accountId, credentialId: credential.id, secretHash: credential.secretHash, namePrefix, createdAtMs: nowMs };
  await tx
    .insertInto("archiveSession")
    .values({ ...row, expiresAtMs, usesLeft, firstUsedAtMs: null, endedAtMs: null })
    .execute();
  const summary = `A link ~${tokenSha256.slice(0, 6)} to archives of ${credential.name} was made, until ${new Date(expiresAtMs).toISOString()}`;
  await recordSettingsChange(tx, input, { account: credential.name, summary, details: { prefix: namePrefix, uses: usesLeft } });
}

/** Notes a download through a link. False when it has had its last. */
export async function useArchiveSession(
  tx: WriteTransaction,
  { tokenSha256, nowMs }: { readonly tokenSha256: string; readonly nowMs: number },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable("archiveSession")
    .set((row) => ({ usesLeft: row("usesLeft", "-", 1), firstUsedAtMs: row.fn.coalesce("firstUsedAtMs", row.val(nowMs)) }))
    .where("tokenSha256", "=", tokenSha256)
    .where((row) => row.or([row("usesLeft", "is", null), row("usesLeft", ">", 0)]))
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Ends all links of an account at once; resolves to how many. Throws `not_found`. */
export async function endArchiveSessions(tx: WriteTransaction, input: SettingsChange & { readonly accountName: string }): Promise<number> {
  const account = await openAccount(tx, input.accountName);
  const { numUpdatedRows } = await tx
    .updateTable("archiveSession")
    .set({ endedAtMs: input.nowMs })
    .where("accountId", "=", account.id)
    .where("expiresAtMs", ">", input.nowMs)
    .where("endedAtMs", "is", null)
    .executeTakeFirst();
  const summary = `${numUpdatedRows} links to archives of ${account.name} were ended`;
  await recordSettingsChange(tx, input, { account: account.name, summary });
  return Number(numUpdatedRows);
}

/** A link with what it hangs on. */
export interface FoundArchiveSession {
  readonly accountId: number;
  readonly accountName: string;
  readonly login: string | undefined;
  readonly namePrefix: string;
  readonly expiresAtMs: number;
  readonly usesLeft: number | undefined;
  readonly endedAtMs: number | undefined;
  /** Whether its account and its login still are what they were when it was made. */
  readonly isBacked: boolean;
  readonly loginExpiresAtMs: number | undefined;
}

/** The link with that digest of its token; undefined when none ever was, or it was long ago. */
export async function findArchiveSession(db: ReadConnection, tokenSha256: string): Promise<FoundArchiveSession | undefined> {
  const row = await db
    .selectFrom("archiveSession")
    .innerJoin("account", "account.id", "archiveSession.accountId")
    .leftJoin("credential", "credential.id", "archiveSession.credentialId")
    .select(["archiveSession.accountId", "archiveSession.secretHash", "archiveSession.namePrefix", "archiveSession.expiresAtMs"])
    .select(["archiveSession.usesLeft", "archiveSession.endedAtMs", "account.name", "account.disabledAtMs", "account.removedAtMs"])
    .select(["credential.login", "credential.secretHash as currentHash", "credential.disabledAtMs as loginDisabledAtMs"])
    .select("credential.expiresAtMs as loginExpiresAtMs")
    .where("archiveSession.tokenSha256", "=", tokenSha256)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    accountId: row.accountId,
    accountName: row.name,
    login: row.login ?? undefined,
    namePrefix: row.namePrefix,
    expiresAtMs: row.expiresAtMs,
    usesLeft: row.usesLeft ?? undefined,
    endedAtMs: row.endedAtMs ?? undefined,
    isBacked: row.disabledAtMs === null && row.removedAtMs === null && row.loginDisabledAtMs === null && row.currentHash === row.secretHash,
    loginExpiresAtMs: row.loginExpiresAtMs ?? undefined,
  };
}
