import { foldName } from "#model/account.ts";
import type { NewOperation } from "#model/operation.ts";
import type { PeerAddress } from "#model/peer-address.ts";
import { recordOperations } from "./operations.ts";
import type { ReadConnection, WriteTransaction } from "./tables.ts";

/** A login and an address block from which it signs in. */
export interface SignInPair {
  readonly login: string;
  /** An IPv4 address, a /64 of IPv6, or `unix`. */
  readonly addressBlock: string;
}

/** A sign-in that was right, with the line of the timeline that tells of it. */
export interface SignInNote extends SignInPair {
  readonly atMs: number;
  readonly operation: NewOperation;
}

/** Bounds of what is remembered of them. */
export interface ProvenPairBounds {
  /** A pair that has not signed in for this long is forgotten. */
  readonly ageMs: number;
  readonly perLogin: number;
  readonly most: number;
}

const TOLD_EVERY_MS = 24 * 60 * 60_000;

/** Remembers who has signed in from where. The timeline is told when a pair is new, and again after a day; the oldest pairs are forgotten first. */
export async function recordSignIns(
  tx: WriteTransaction,
  { notes, nowMs, bounds }: { readonly notes: readonly SignInNote[]; readonly nowMs: number; readonly bounds: ProvenPairBounds },
): Promise<void> {
  const operations: NewOperation[] = [];
  const rows = notes.map(({ login, ...note }) => ({ loginFolded: foldName(login), ...note }));
  for (const { loginFolded, addressBlock, atMs, operation } of rows.toSorted(byPair)) {
    const pair = { loginFolded, addressBlock };
    const added = await tx
      .insertInto("provenPair")
      .values({ ...pair, firstAtMs: atMs, lastAtMs: atMs })
      .onConflict((conflict) => conflict.columns(["loginFolded", "addressBlock"]).doNothing())
      .returning("loginFolded")
      .executeTakeFirst();
    const isDue = added !== undefined || (await tell(tx, { ...pair, atMs }));
    if (isDue) operations.push(operation);
    if (added !== undefined) await forgetOldestOf(tx, pair.loginFolded, bounds.perLogin);
  }
  await recordOperations(tx, { operations });
  await tx
    .deleteFrom("provenPair")
    .where("lastAtMs", "<", nowMs - bounds.ageMs)
    .execute();
  await forgetOldest(tx, bounds.most);
}

/** Whether that login has signed in from there before. */
export async function isProvenPair(db: ReadConnection, { login, addressBlock }: SignInPair): Promise<boolean> {
  if (login.includes("\0")) return false;
  const row = await db
    .selectFrom("provenPair")
    .select("lastAtMs")
    .where("loginFolded", "=", foldName(login))
    .where("addressBlock", "=", addressBlock)
    .executeTakeFirst();
  return row !== undefined;
}

/** When a credential was used last. */
export interface CredentialUse {
  readonly credentialId: number;
  readonly atMs: number;
  readonly address: PeerAddress;
}

/** Writes down when credentials were last used; a later use that is there already stays. It changes nothing of who may do what. */
export async function recordCredentialUses(tx: WriteTransaction, { uses }: { readonly uses: readonly CredentialUse[] }): Promise<void> {
  for (const { credentialId, atMs, address } of uses.toSorted((one, other) => one.credentialId - other.credentialId)) {
    await tx
      .updateTable("credential")
      .set({ lastUsedAtMs: atMs, lastUsedAddress: address })
      .where("id", "=", credentialId)
      .where((row) => row.or([row("lastUsedAtMs", "is", null), row("lastUsedAtMs", "<", atMs)]))
      .execute();
  }
}

type PairRow = { readonly loginFolded: string; readonly addressBlock: string };

/** One order for everybody who locks several rows, so that no two processes wait for each other. */
function byPair(one: PairRow, other: PairRow): number {
  const [first, second] = [`${one.loginFolded} ${one.addressBlock}`, `${other.loginFolded} ${other.addressBlock}`];
  return first < second ? -1 : first > second ? 1 : 0;
}

/** Whether the timeline is due to hear of a pair again; also when the clock was set back by more than a day. */
async function tell(
  tx: WriteTransaction,
  { loginFolded, addressBlock, atMs }: { readonly loginFolded: string; readonly addressBlock: string; readonly atMs: number },
): Promise<boolean> {
  const changed = await tx
    .updateTable("provenPair")
    .set({ lastAtMs: atMs })
    .where("loginFolded", "=", loginFolded)
    .where("addressBlock", "=", addressBlock)
    .where((row) => row.or([row("lastAtMs", "<=", atMs - TOLD_EVERY_MS), row("lastAtMs", ">=", atMs + TOLD_EVERY_MS)]))
    .executeTakeFirst();
  return changed.numUpdatedRows > 0n;
}

async function forgetOldestOf(tx: WriteTransaction, loginFolded: string, most: number): Promise<void> {
  const beyond = await tx
    .selectFrom("provenPair")
    .select("addressBlock")
    .where("loginFolded", "=", loginFolded)
    .orderBy("lastAtMs", "desc")
    .orderBy("firstAtMs", "desc")
    .limit(100)
    .offset(most)
    .execute();
  if (beyond.length === 0) return;
  const blocks = beyond.map(({ addressBlock }) => addressBlock);
  await tx.deleteFrom("provenPair").where("loginFolded", "=", loginFolded).where("addressBlock", "in", blocks).execute();
}

async function forgetOldest(tx: WriteTransaction, most: number): Promise<void> {
  const oldest = await tx.selectFrom("provenPair").select("lastAtMs").orderBy("lastAtMs", "desc").limit(1).offset(most).executeTakeFirst();
  if (oldest !== undefined) await tx.deleteFrom("provenPair").where("lastAtMs", "<=", oldest.lastAtMs).execute();
}
