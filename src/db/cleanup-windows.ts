import type { Selectable } from "kysely";
import { HubError } from "#model/hub-error.ts";
import type { CleanupWindow, WindowOwner } from "#model/removal.ts";
import { raiseAccessVersion } from "./access-version.ts";
import { openAccount } from "./accounts.ts";
import { endOfBelow } from "./below.ts";
import { findCredentialByLogin } from "./credentials.ts";
import { recordOperations, recordSettingsChange, type SettingsChange } from "./operations.ts";
import { pageLimit } from "./page-limit.ts";
import { pathsAtAndAbove } from "./paths-at-and-above.ts";
import { shown } from "./shown.ts";
import type { CleanupWindowTable, ReadConnection, WriteTransaction } from "./tables.ts";

// All that count for a repository are held in memory.
const MOST_ON_ONE_PATH = 100;
// How long one that is over can still be listed; the timeline keeps it.
const KEPT_MS = 30 * 24 * 3_600_000;

export interface OpenCleanupWindowInput extends SettingsChange {
  readonly owner: WindowOwner;
  readonly path: string;
  readonly reason: string;
  readonly closesAtMs: number;
}

/** Opens a window. Throws `not_found` when there is no such login or account, `invalid_input` when too many are open there. */
export async function openCleanupWindow(tx: WriteTransaction, input: OpenCleanupWindowInput): Promise<CleanupWindow> {
  const { path, reason, nowMs: opensAtMs, closesAtMs } = input;
  const { account, name } = await requireOwner(tx, input.owner);
  await tx
    .deleteFrom("cleanupWindow")
    .where("closesAtMs", "<", opensAtMs - KEPT_MS)
    .execute();
  const { count } = await tx
    .selectFrom("cleanupWindow")
    .select((select) => select.fn.countAll<number>().as("count"))
    .where("path", "=", path)
    .where("closesAtMs", ">", opensAtMs)
    .executeTakeFirstOrThrow();
  if (Number(count) >= MOST_ON_ONE_PATH)
    throw new HubError("invalid_input", `There are ${MOST_ON_ONE_PATH} open windows on this path; close one`);
  const row = await tx
    .insertInto("cleanupWindow")
    .values({ ownerKind: input.owner.kind, ownerName: name, path, reason, opensAtMs, closesAtMs })
    .returningAll()
    .executeTakeFirstOrThrow();
  const minutes = Math.round((closesAtMs - opensAtMs) / 60_000);
  const summary = `${whom(row)} may remove in ${path} for ${minutes} minutes: ${reason}`;
  await recordWindow(tx, input, { kind: "cleanup.opened", account, row, summary });
  await raiseAccessVersion(tx, opensAtMs);
  return windowOf(row);
}

/** Closes a window before its time: it has been open for no moment at all then, and only the timeline tells how long. False when it was over already. Throws `not_found`. */
export async function closeCleanupWindow(tx: WriteTransaction, input: SettingsChange & { readonly id: number }): Promise<boolean> {
  const { id, nowMs } = input;
  const found = await tx.selectFrom("cleanupWindow").selectAll().where("id", "=", id).executeTakeFirst();
  if (found === undefined) throw new HubError("not_found", `There is no clean-up window ${shown(`${id}`)}`);
  const row = await tx
    .updateTable("cleanupWindow")
    // Not the present: where the clock is set back it would be open again.
    .set({ closesAtMs: found.opensAtMs })
    .where("id", "=", id)
    .where("closesAtMs", ">", nowMs)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return false;
  const account = row.ownerKind === "account" ? row.ownerName : (await findCredentialByLogin(tx, row.ownerName))?.account.name;
  await recordWindow(tx, input, { kind: "cleanup.closed", account, row, summary: `${whom(row)} may no longer remove in ${row.path}` });
  await raiseAccessVersion(tx, nowMs);
  return true;
}

/** The latest windows that count for what lies at `path`, over or not: at most as many as can be open there. */
export async function listWindowsFor(db: ReadConnection, path: string): Promise<readonly CleanupWindow[]> {
  const rows = await db
    .selectFrom("cleanupWindow")
    .selectAll()
    .where("path", "in", pathsAtAndAbove(path))
    .orderBy("closesAtMs", "desc")
    .limit(pathsAtAndAbove(path).length * MOST_ON_ONE_PATH)
    .execute();
  return rows.map(windowOf);
}

export interface ListCleanupWindowsInput {
  /** Only those that are not over by then. */
  readonly openAtMs?: number | undefined;
  /** Only those that count for what lies at this path. */
  readonly path?: string | undefined;
  /** Only those for this account, for one of these logins, or at or below one of these paths. */
  readonly visible?: VisibleWindows | undefined;
  readonly before?: number | undefined;
  readonly limit: number;
}

/** Which windows exist for an account. */
export interface VisibleWindows {
  readonly accountName: string;
  readonly logins: readonly string[];
  readonly below: readonly string[];
}

/** A page of windows, the newest first. */
export async function listCleanupWindows(
  db: ReadConnection,
  { openAtMs, path, visible, before, limit }: ListCleanupWindowsInput,
): Promise<readonly CleanupWindow[]> {
  let page = db.selectFrom("cleanupWindow").selectAll().orderBy("id", "desc").limit(pageLimit(limit));
  if (before !== undefined) page = page.where("id", "<", before);
  if (openAtMs !== undefined) page = page.where("closesAtMs", ">", openAtMs);
  if (path !== undefined) page = page.where("path", "in", pathsAtAndAbove(path));
  if (visible !== undefined) {
    const { accountName, logins, below } = visible;
    page = page.where((where) =>
      where.or([
        where("ownerKind", "=", "account").and("ownerName", "=", accountName),
        ...(logins.length === 0 ? [] : [where("ownerKind", "=", "login").and("ownerName", "in", logins)]),
        ...below.map((root) => where("path", ">=", root).and("path", "<", endOfBelow(root))),
      ]),
    );
  }
  return (await page.execute()).map(windowOf);
}

/** Marks a path, or takes the mark off exactly it: what lies there and below is removed only through a window. False when nothing changed. */
export async function setCleanupOnly(
  tx: WriteTransaction,
  input: SettingsChange & { readonly path: string; readonly cleanupOnly: boolean },
): Promise<boolean> {
  const { path, cleanupOnly, nowMs } = input;
  const changed = cleanupOnly
    ? (
        await tx
          .insertInto("cleanupOnly")
          .values({ path, createdAtMs: nowMs })
          .onConflict((conflict) => conflict.column("path").doNothing())
          .executeTakeFirst()
      ).numInsertedOrUpdatedRows
    : (await tx.deleteFrom("cleanupOnly").where("path", "=", path).executeTakeFirst()).numDeletedRows;
  if ((changed ?? 0n) === 0n) return false;
  const summary = cleanupOnly
    ? `In ${path} only a clean-up window lets anybody remove`
    : `In ${path} removing needs no clean-up window any more`;
  await recordSettingsChange(tx, input, { repository: path, summary });
  await raiseAccessVersion(tx, nowMs);
  return true;
}

/** The marked one of `path` and those above that is nearest to it; undefined when none is marked. */
export async function findCleanupOnly(db: ReadConnection, path: string): Promise<string | undefined> {
  const rows = await db
    .selectFrom("cleanupOnly")
    .select("path")
    .where("path", "in", pathsAtAndAbove(path))
    .orderBy("path", "desc")
    .execute();
  return rows[0]?.path; // the one that sorts last is the longest: each is the beginning of the next
}

async function requireOwner(
  tx: WriteTransaction,
  { kind, name }: WindowOwner,
): Promise<{ readonly account: string; readonly name: string }> {
  if (kind === "account") {
    const account = await openAccount(tx, name);
    return { account: account.name, name: account.name };
  }
  const found = await findCredentialByLogin(tx, name);
  if (found === undefined) throw new HubError("not_found", `There is no login ${shown(name)}`);
  return { account: found.account.name, name: found.credential.login };
}

export function windowOf({ id, ownerKind, ownerName, path, reason, opensAtMs, closesAtMs }: Selectable<CleanupWindowTable>): CleanupWindow {
  return { id, owner: { kind: ownerKind, name: ownerName }, path, reason, opensAtMs, closesAtMs };
}

function whom({ ownerKind, ownerName }: Selectable<CleanupWindowTable>): string {
  return ownerKind === "login" ? `The login ${ownerName}` : `The account ${ownerName}`;
}

async function recordWindow(
  tx: WriteTransaction,
  { by, nowMs }: SettingsChange,
  line: {
    readonly kind: "cleanup.opened" | "cleanup.closed";
    readonly account: string | undefined;
    readonly row: Selectable<CleanupWindowTable>;
    readonly summary: string;
  },
): Promise<void> {
  const { kind, account, row, summary } = line;
  const details = { window: row.id, ownerKind: row.ownerKind, ownerName: row.ownerName, closesAtMs: row.closesAtMs, reason: row.reason };
  const times = { startedAtMs: nowMs, endedAtMs: nowMs };
  await recordOperations(tx, {
    operations: [{ kind, status: "succeeded", ...times, actor: by, account, repository: row.path, summary, details }],
  });
}
