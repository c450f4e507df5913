import { sql } from "kysely";
import type { Archive, ArchiveDoor } from "#model/archive.ts";
import { HubError } from "#model/hub-error.ts";
import { archiveOf, findLiveRow } from "./archives.ts";
import { findLeft, holdLedger, isRegistered, type NothingLeft } from "./quota-ledger.ts";
import { NOBODY } from "./quota-scopes.ts";
import { shown } from "./shown.ts";
import type { WriteTransaction } from "./tables.ts";

/** An archive on its way here: what is reserved for it. */
export interface BegunArchive {
  readonly kind: "begun";
  readonly id: number;
  readonly storedName: string;
}

export interface BeginArchiveInput {
  readonly accountId: number;
  readonly door: ArchiveDoor;
  readonly name: string;
  /** Names that its file may have, best first, each with the form in which file systems compare it. */
  readonly storedNames: readonly { readonly name: string; readonly folded: string }[];
  /** What is reserved for it. */
  readonly sizeBytes: number;
  readonly contentType: string | undefined;
  readonly login: string;
  readonly process: string;
  readonly nowMs: number;
  /** See `DrawInput`. */
  readonly uncountable?: readonly string[] | undefined;
}

/**
 * - `files`  the account has as many files as it may
 * - others   as `Draw`
 */
export type Begun = BegunArchive | NothingLeft | { readonly kind: "files"; readonly mostFiles: number } | { readonly kind: "unknown" };

/**
 * Reserves the room of an archive, in every scope it is in, and a name for its file. Test and change are one transaction that holds the
 * ledger's row. Its own name is not reserved: who completes first has it.
 */
export async function beginArchive(tx: WriteTransaction, input: BeginArchiveInput): Promise<Begun> {
  const { accountId, door, name, sizeBytes, login, process } = input;
  await holdLedger(tx);
  if (!(await isRegistered(tx, process))) return { kind: "unknown" };
  const account = await tx
    .selectFrom("archiveAccount")
    .select(["mostFiles", "usedFiles"])
    .where("accountId", "=", accountId)
    .executeTakeFirst();
  if (account === undefined) throw new HubError("forbidden", "This account keeps no archives");
  if (account.mostFiles !== null && account.usedFiles >= account.mostFiles) return { kind: "files", mostFiles: account.mostFiles };
  const left = await findLeft(tx, scopesOfArchives(accountId), { leastBytes: sizeBytes, process, uncountable: input.uncountable });
  if (left.kind !== "left") return left;

  for (const { name: storedName, folded } of input.storedNames) {
    // The unique index decides, also between processes.
    const row = await tx
      .insertInto("archive")
      .values({
        accountId,
        door,
        name,
        storedName,
        storedNameFolded: folded,
        sizeBytes,
        process,
        startedAtMs: input.nowMs,
        contentType: input.contentType ?? null,
        login,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning("id")
      .executeTakeFirst();
    if (row === undefined) continue;
    await use(tx, accountId, { bytes: sizeBytes, files: 1 });
    return { kind: "begun", id: row.id, storedName };
  }
  throw new HubError("overloaded", `Too many uploads of ${shown(name)} at once; try again soon`);
}

/** Whose part of an archive it is. */
interface Arriving {
  readonly id: number;
  readonly process: string;
}

/** Reserves more for an archive whose sender has not said how long it is. */
export async function growArchive(
  tx: WriteTransaction,
  { id, process, bytes, uncountable }: Arriving & Pick<BeginArchiveInput, "uncountable"> & { readonly bytes: number },
): Promise<NothingLeft | { readonly kind: "grown" }> {
  await holdLedger(tx);
  const { accountId } = await openArriving(tx, { id, process });
  const left = await findLeft(tx, scopesOfArchives(accountId), { leastBytes: bytes, process, uncountable });
  if (left.kind !== "left") return left;
  await tx
    .updateTable("archive")
    .set((row) => ({ sizeBytes: row("sizeBytes", "+", bytes) }))
    .where("id", "=", id)
    .execute();
  await use(tx, accountId, { bytes, files: 0 });
  return { kind: "grown" };
}

export interface CompleteArchiveInput extends Arriving {
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly retainMs: number;
  readonly nowMs: number;
}

/**
 * The archive is there from now on. Its time is whole seconds, and not before that of any other of its account, whatever the clock does.
 * Throws `already_exists` when another live one has its name by now, `unavailable` when its process was taken for dead meanwhile.
 */
export async function completeArchive(tx: WriteTransaction, input: CompleteArchiveInput): Promise<Archive> {
  const { id, sizeBytes, sha256, retainMs, nowMs } = input;
  const arriving = await openArriving(tx, input);
  const { accountId } = arriving;
  // First, because it makes all others of this account wait: their order is that of their times.
  const account = await tx
    .updateTable("archiveAccount")
    .set((row) => ({
      completed: row("completed", "+", 1),
      usedBytes: row("usedBytes", "+", sizeBytes - arriving.sizeBytes),
    }))
    .where("accountId", "=", accountId)
    .returning(["completed", "lastCreatedAtMs"])
    .executeTakeFirstOrThrow();
  const live = await findLiveRow(tx, arriving);
  if (live !== undefined) throw new HubError("already_exists", "A file of this name is stored already; names are used once");
  const createdAtMs = Math.max(Math.floor(nowMs / 1000) * 1000, account.lastCreatedAtMs);
  await tx.updateTable("archiveAccount").set({ lastCreatedAtMs: createdAtMs }).where("accountId", "=", accountId).execute();
  const row = await tx
    .updateTable("archive")
    .set({ sizeBytes, sha256, process: null, ordinal: account.completed, createdAtMs, expiresAtMs: createdAtMs + retainMs })
    .where("id", "=", id)
    .where("process", "=", input.process) // on PostgreSQL somebody may have taken it back since it was looked at
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) throw givenUp();
  return archiveOf(row);
}

/**
 * Takes an archive that is arriving out of the hands of a process, so that it can never be completed: whoever is told true has to see
 * that its file goes, and abandons it then. May be asked again by whoever has taken it. False when it is there by now, or in other hands.
 */
export async function takeBackArchive(tx: WriteTransaction, { id, process, by }: Arriving & { readonly by: string }): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable("archive")
    .set({ process: takenBackBy(by) })
    .where("id", "=", id)
    .where("process", "in", [process, takenBackBy(by)])
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Nothing is left of an archive that this process has taken back: its room and the name of its file are free. */
export async function abandonArchive(tx: WriteTransaction, { id, by }: { readonly id: number; readonly by: string }): Promise<boolean> {
  const row = await tx
    .deleteFrom("archive")
    .where("id", "=", id)
    .where("process", "=", takenBackBy(by))
    .returning(["accountId", "sizeBytes"])
    .executeTakeFirst();
  if (row === undefined) return false;
  await use(tx, row.accountId, { bytes: -row.sizeBytes, files: -1 });
  return true;
}

/** A live archive's time is over: it is seen no more, and its name is free. False when it was not live, or is held by now. */
export async function expireArchive(
  tx: WriteTransaction,
  { id, nowMs }: { readonly id: number; readonly nowMs: number },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable("archive")
    .set({ expiredAtMs: nowMs })
    .where("id", "=", id)
    .where("createdAtMs", "is not", null)
    .where("expiredAtMs", "is", null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("archiveHold")
            .select("archiveHold.id")
            .whereRef("archiveHold.accountId", "=", "archive.accountId")
            .where(
              sql<boolean>`case when is_exact = 1 then name = name_prefix else substr(name, 1, length(name_prefix)) = name_prefix end`,
            ),
        ),
      ),
    )
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/**
 * Gives the file of an expired archive into the hands of a process, which moves it away and says so, or gives it back. False when it has left
 * its place, or is in other hands: then whatever lies there is not to be touched.
 */
export async function claimExpiredArchive(
  tx: WriteTransaction,
  { id, by }: { readonly id: number; readonly by: string },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable("archive")
    .set({ process: movedBy(by) })
    .where("id", "=", id)
    .where("expiredAtMs", "is not", null)
    .where("leftAtMs", "is", null)
    .where((row) => row.or([row("process", "is", null), row("process", "=", movedBy(by))]))
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** The file of an expired archive stayed: somebody else may try. */
export async function releaseExpiredArchive(tx: WriteTransaction, { id, by }: { readonly id: number; readonly by: string }): Promise<void> {
  await tx.updateTable("archive").set({ process: null }).where("id", "=", id).where("process", "=", movedBy(by)).execute();
}

/** The file of an expired archive is in the trash: its place and its room are free. */
export async function archiveLeft(
  tx: WriteTransaction,
  { id, by, nowMs }: { readonly id: number; readonly by: string; readonly nowMs: number },
): Promise<void> {
  const row = await tx
    .updateTable("archive")
    .set({ leftAtMs: nowMs, process: null })
    .where("id", "=", id)
    .where("process", "=", movedBy(by))
    .where("leftAtMs", "is", null)
    .returning(["accountId", "sizeBytes"])
    .executeTakeFirst();
  if (row !== undefined) await use(tx, row.accountId, { bytes: -row.sizeBytes, files: -1 });
}

/** The archives that these processes were taking in are nobody's any more; a part of other writes. */
export async function orphanArchives(tx: WriteTransaction, processes: readonly string[]): Promise<void> {
  if (processes.length === 0) return;
  const hands = processes.flatMap((process) => [process, takenBackBy(process)]);
  await tx.updateTable("archive").set({ process: NOBODY }).where("process", "in", hands).execute();
  await tx.updateTable("archive").set({ process: null }).where("process", "in", processes.map(movedBy)).execute();
}

/** In the hands of a process that moves its file into the trash; no process has such a name. */
function movedBy(process: string): string {
  return `>${process}`;
}

/** In the hands of a process that takes it away; no process has such a name. */
function takenBackBy(process: string): string {
  return `~${process}`;
}

async function openArriving(tx: WriteTransaction, { id, process }: Arriving) {
  const row = await tx
    .selectFrom("archive")
    .select(["accountId", "door", "name", "sizeBytes"])
    .where("id", "=", id)
    .where("process", "=", process)
    .executeTakeFirst();
  if (row === undefined) throw givenUp();
  return row;
}

function givenUp(): HubError {
  return new HubError("unavailable", "This upload was given up meanwhile; send it again");
}

async function use(
  tx: WriteTransaction,
  accountId: number,
  { bytes, files }: { readonly bytes: number; readonly files: number },
): Promise<void> {
  await tx
    .updateTable("archiveAccount")
    .set((row) => ({ usedBytes: row("usedBytes", "+", bytes), usedFiles: row("usedFiles", "+", files) }))
    .where("accountId", "=", accountId)
    .execute();
}

function scopesOfArchives(accountId: number) {
  return [
    { scope: "hub", key: "" },
    { scope: "account", key: `${accountId}` },
  ] as const;
}
