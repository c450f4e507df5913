import type { Selectable } from "kysely";
import type { ArchiveHold } from "#model/archive.ts";
import { HubError } from "#model/hub-error.ts";
import { raiseAccessVersion } from "./access-version.ts";
import { openAccount } from "./accounts.ts";
import type { ArchiveHoldTable } from "./archive-tables.ts";
import { recordSettingsChange, type SettingsChange } from "./operations.ts";
import { shown } from "./shown.ts";
import type { ReadConnection, WriteTransaction } from "./tables.ts";

// All of an account are held in memory and looked through for each archive that is due.
const MOST_OF_ONE_ACCOUNT = 100;

export interface AddArchiveHoldInput extends SettingsChange {
  readonly accountName: string;
  /** Empty: all of the account. */
  readonly namePrefix: string;
  /** That name alone. */
  readonly isExact: boolean;
  readonly reason: string;
}

/** Keeps archives from expiring until the hold is lifted. Throws `not_found`, `invalid_input` when the account has too many. */
export async function addArchiveHold(tx: WriteTransaction, input: AddArchiveHoldInput): Promise<ArchiveHold> {
  const { namePrefix, isExact, reason, nowMs } = input;
  const account = await openAccount(tx, input.accountName);
  const held = await listArchiveHolds(tx, account.id);
  if (held.length >= MOST_OF_ONE_ACCOUNT) {
    throw new HubError("invalid_input", `There are ${MOST_OF_ONE_ACCOUNT} holds on this account's archives; lift one`);
  }
  const row = await tx
    .insertInto("archiveHold")
    .values({ accountId: account.id, namePrefix, isExact: isExact ? 1 : 0, reason, createdAtMs: nowMs })
    .returningAll()
    .executeTakeFirstOrThrow();
  await recordSettingsChange(tx, input, { account: account.name, ...lineOf(row, "was added") });
  await raiseAccessVersion(tx, nowMs);
  return archiveHoldOf(row);
}

/** Lifts a hold: what is over then goes with the next sweep. Throws `not_found`. */
export async function removeArchiveHold(tx: WriteTransaction, input: SettingsChange & { readonly id: number }): Promise<ArchiveHold> {
  const row = await tx.deleteFrom("archiveHold").where("id", "=", input.id).returningAll().executeTakeFirst();
  if (row === undefined) throw new HubError("not_found", `There is no hold ${shown(`${input.id}`)} on archives`);
  const account = await tx.selectFrom("account").select("name").where("id", "=", row.accountId).executeTakeFirst();
  await recordSettingsChange(tx, input, { account: account?.name, ...lineOf(row, "was lifted") });
  await raiseAccessVersion(tx, input.nowMs);
  return archiveHoldOf(row);
}

/** All holds on the archives of an account. */
export async function listArchiveHolds(db: ReadConnection, accountId: number): Promise<readonly ArchiveHold[]> {
  const rows = await db.selectFrom("archiveHold").selectAll().where("accountId", "=", accountId).orderBy("id").execute();
  return rows.map(archiveHoldOf);
}

function archiveHoldOf({ isExact, ...hold }: Selectable<ArchiveHoldTable>): ArchiveHold {
  return { ...hold, isExact: isExact === 1 };
}

function lineOf({ id, namePrefix, isExact, reason }: Selectable<ArchiveHoldTable>, what: string) {
  const on = isExact === 1 ? namePrefix : namePrefix === "" ? "all archives" : `archives whose names begin with ${namePrefix}`;
  return { summary: `A hold on ${on} ${what}`, details: { hold: id, namePrefix, reason } };
}
